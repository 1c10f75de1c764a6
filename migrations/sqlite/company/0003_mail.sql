-- Mailboxes, what the server has in them, and the messages themselves. A message's bytes lie sealed in a pack outside.

CREATE TABLE mail_accounts (
    id BLOB NOT NULL PRIMARY KEY,
    owner_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose inbox it feeds
    position INTEGER NOT NULL,             -- the order they were added in
    kind TEXT NOT NULL,                    -- the wizard's first choice
    address TEXT NOT NULL,
    login TEXT NOT NULL,                   -- the name the server knows; not always the address
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    security TEXT NOT NULL,                -- the word of `Security`
    trusted_certificate TEXT,              -- fingerprint of one trusted by hand; absent: the authorities decide
    sealed_password BLOB NOT NULL,         -- by the company's key, bound to this row
    connected INTEGER NOT NULL DEFAULT 0 CHECK (connected IN (0, 1)), -- set by the first success with these settings
    diagnosis TEXT,                        -- JSON of what is wrong; absent: nothing
    last_ok_at INTEGER                     -- absent: never yet
) STRICT;
CREATE INDEX mail_accounts_owner ON mail_accounts (owner_id);

CREATE TABLE folders (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES mail_accounts (id) ON DELETE CASCADE,
    raw_name TEXT NOT NULL,                -- as the server spells it: its key
    name TEXT NOT NULL,                    -- as people read it
    role TEXT NOT NULL,                    -- the word of `FolderRole`: it decides where its messages stand
    uid_validity INTEGER NOT NULL DEFAULT 0, -- when it changes, every UID is worth nothing; 0: not known yet
    uid_next INTEGER NOT NULL DEFAULT 0,   -- everything below was seen, but for what waits in `retries`
    lowest_done INTEGER NOT NULL DEFAULT 0, -- the first fetch goes downwards and has come this far
    highest_modseq INTEGER,                -- where the server tells changes by number; absent: it does not
    total INTEGER NOT NULL DEFAULT 0,      -- messages on the server at the last look: how far there is to go
    last_scan_at INTEGER,                  -- absent: never yet
    CONSTRAINT "folders.raw_name" UNIQUE (account_id, raw_name)
) STRICT;

CREATE TABLE messages (
    sort_key INTEGER NOT NULL PRIMARY KEY, -- seconds and 20 bits of the id: the search index knows a message by it, newest highest
    id BLOB NOT NULL CONSTRAINT "messages.id" UNIQUE,
    account_id BLOB NOT NULL,              -- no reference: a message outlives its account, in the archives
    owner_id BLOB NOT NULL,                -- whose inbox it is in
    message_key TEXT NOT NULL,             -- Message-ID, normalised
    fingerprint BLOB NOT NULL,             -- tells apart what shares a Message-ID
    answers_to TEXT NOT NULL DEFAULT '',   -- References and In-Reply-To: oldest first, a space between, for threads
    at INTEGER NOT NULL,                   -- what it is sorted by
    sent_at INTEGER,                       -- its own date; absent: it had none to believe
    subject TEXT NOT NULL DEFAULT '',
    snippet TEXT NOT NULL DEFAULT '',      -- its first words, for lists
    place TEXT NOT NULL,                   -- the word of `Place`, kept by the one rule: each list is one index
    read INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1)),
    answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
    outgoing INTEGER NOT NULL DEFAULT 0 CHECK (outgoing IN (0, 1)),
    attachments INTEGER NOT NULL DEFAULT 0 CHECK (attachments IN (0, 1)), -- whether it has any to show beside it
    has_html INTEGER NOT NULL DEFAULT 0 CHECK (has_html IN (0, 1)),
    finished_at INTEGER,                   -- absent: open
    deleted_at INTEGER,                    -- in the trash by its reader's hand; absent: not
    restored INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1)), -- taken out of the trash here, so the server's trash counts as its inbox
    quarantine TEXT,                       -- why it could not be read; absent: it could
    size INTEGER NOT NULL,                 -- of the raw message: with the key it recognises an orphan
    participants_left_out INTEGER NOT NULL DEFAULT 0, -- how many more there were than are kept
    who_role TEXT NOT NULL,                -- the sender, or the first recipient of what we sent: shown in lists without a look elsewhere
    who_name TEXT NOT NULL DEFAULT '',
    who_address TEXT NOT NULL DEFAULT '',
    who_key TEXT NOT NULL DEFAULT '',      -- finds the contact that `who` is
    pack_id BLOB NOT NULL,                 -- the blob the raw message lies in
    pack_offset INTEGER NOT NULL,
    pack_len INTEGER NOT NULL,
    CONSTRAINT "messages.message_key" UNIQUE (account_id, message_key, fingerprint)
) STRICT;
-- The inbox and its counts are walks along this one.
CREATE INDEX messages_placed ON messages (owner_id, place, at DESC, id DESC, read);

CREATE TABLE participants (
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,             -- as in the message
    role TEXT NOT NULL,                    -- the word of `ParticipantRole`
    name TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',      -- as written
    address_key TEXT NOT NULL DEFAULT '',  -- what contacts are found by
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;
-- A new address finds all its earlier mail by this.
CREATE INDEX participants_address ON participants (address_key, message_id);

CREATE TABLE attachments (
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    part INTEGER NOT NULL,                 -- its number in the parsed message, by which its bytes are found again
    name TEXT NOT NULL DEFAULT '',         -- safe on every system
    mime TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,       -- decoded
    content_id TEXT,                       -- the body points at it by this; absent: it cannot
    inline INTEGER NOT NULL DEFAULT 0 CHECK (inline IN (0, 1)), -- shown inside the body
    PRIMARY KEY (message_id, part)
) STRICT, WITHOUT ROWID;

-- Where messages lie on the server: one may lie in several folders.
CREATE TABLE locations (
    folder_id BLOB NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,      -- bits of `Flags`, as the server last told
    message_id BLOB REFERENCES messages (id) ON DELETE CASCADE, -- absent: seen, not kept
    PRIMARY KEY (folder_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX locations_message ON locations (message_id);

-- Locations whose UID became worthless; they wait to be recognised under a new one.
CREATE TABLE orphans (
    folder_id BLOB NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    old_uid INTEGER NOT NULL,              -- only keeps twins apart
    flags INTEGER NOT NULL DEFAULT 0,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (folder_id, message_id, old_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX orphans_message ON orphans (message_id);

CREATE TABLE retries (
    folder_id BLOB NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,                  -- a message that could not be fetched yet
    attempts INTEGER NOT NULL DEFAULT 0,   -- the wait grows with it
    reason TEXT NOT NULL DEFAULT '',       -- for the owner, when it stays out
    PRIMARY KEY (folder_id, uid)
) STRICT, WITHOUT ROWID;

-- The archive: which message belongs to which contact.
CREATE TABLE message_contacts (
    contact_id BLOB NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,                   -- of the message, so that an archive is one index
    by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)), -- then no address takes it away
    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)), -- unlinked by hand: kept, so that no address links it again
    waiting INTEGER NOT NULL DEFAULT 0,    -- 0: not in an inbox; 1: in it, read; 2: in it, unread. The list shows it for many contacts at once
    PRIMARY KEY (contact_id, message_id)
) STRICT, WITHOUT ROWID;
-- An archive is a walk along this one.
CREATE INDEX message_contacts_archive ON message_contacts (contact_id, at DESC, message_id DESC) WHERE NOT removed;
CREATE INDEX message_contacts_waiting ON message_contacts (contact_id, waiting) WHERE waiting > 0;
CREATE INDEX message_contacts_message ON message_contacts (message_id);
