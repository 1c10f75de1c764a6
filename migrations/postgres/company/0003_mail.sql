-- Mailboxes, what the server has in them, and the messages themselves. A message's bytes lie sealed in a pack outside.

CREATE TABLE mail_accounts (
    id UUID NOT NULL PRIMARY KEY,
    owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose inbox it feeds
    position BIGINT NOT NULL,              -- the order they were added in
    kind TEXT NOT NULL,                    -- the wizard's first choice
    address TEXT NOT NULL,
    login TEXT NOT NULL,                   -- the name the server knows; not always the address
    host TEXT NOT NULL,
    port BIGINT NOT NULL,
    security TEXT NOT NULL,                -- the word of `Security`
    trusted_certificate TEXT,              -- fingerprint of one trusted by hand; absent: the authorities decide
    sealed_password BYTEA NOT NULL,        -- by the company's key, bound to this row
    connected BOOLEAN NOT NULL DEFAULT FALSE, -- set by the first success with these settings
    diagnosis TEXT,                        -- JSON of what is wrong; absent: nothing
    last_ok_at BIGINT                      -- absent: never yet
);
CREATE INDEX mail_accounts_owner ON mail_accounts (owner_id);

CREATE TABLE folders (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES mail_accounts (id) ON DELETE CASCADE,
    raw_name TEXT NOT NULL,                -- as the server spells it: its key
    name TEXT NOT NULL,                    -- as people read it
    role TEXT NOT NULL,                    -- the word of `FolderRole`: it decides where its messages stand
    uid_validity BIGINT NOT NULL DEFAULT 0, -- when it changes, every UID is worth nothing; 0: not known yet
    uid_next BIGINT NOT NULL DEFAULT 0,    -- everything below was seen, but for what waits in `retries`
    lowest_done BIGINT NOT NULL DEFAULT 0, -- the first fetch goes downwards and has come this far
    highest_modseq BIGINT,                 -- where the server tells changes by number; absent: it does not
    total BIGINT NOT NULL DEFAULT 0,       -- messages on the server at the last look: how far there is to go
    last_scan_at BIGINT,                   -- absent: never yet
    CONSTRAINT "folders.raw_name" UNIQUE (account_id, raw_name)
);

CREATE TABLE messages (
    sort_key BIGINT NOT NULL PRIMARY KEY,  -- seconds and 20 bits of the id: the search index knows a message by it, newest highest
    id UUID NOT NULL CONSTRAINT "messages.id" UNIQUE,
    account_id UUID NOT NULL,              -- no reference: a message outlives its account, in the archives
    owner_id UUID NOT NULL,                -- whose inbox it is in
    message_key TEXT NOT NULL,             -- Message-ID, normalised
    fingerprint BYTEA NOT NULL,            -- tells apart what shares a Message-ID
    answers_to TEXT NOT NULL DEFAULT '',   -- References and In-Reply-To: oldest first, a space between, for threads
    at BIGINT NOT NULL,                    -- what it is sorted by
    sent_at BIGINT,                        -- its own date; absent: it had none to believe
    subject TEXT NOT NULL DEFAULT '',
    snippet TEXT NOT NULL DEFAULT '',      -- its first words, for lists
    place TEXT NOT NULL,                   -- the word of `Place`, kept by the one rule: each list is one index
    read BOOLEAN NOT NULL DEFAULT FALSE,
    answered BOOLEAN NOT NULL DEFAULT FALSE,
    outgoing BOOLEAN NOT NULL DEFAULT FALSE,
    attachments BOOLEAN NOT NULL DEFAULT FALSE, -- whether it has any to show beside it
    has_html BOOLEAN NOT NULL DEFAULT FALSE,
    finished_at BIGINT,                    -- absent: open
    deleted_at BIGINT,                     -- in the trash by its reader's hand; absent: not
    restored BOOLEAN NOT NULL DEFAULT FALSE, -- taken out of the trash here, so the server's trash counts as its inbox
    quarantine TEXT,                       -- why it could not be read; absent: it could
    size BIGINT NOT NULL,                  -- of the raw message: with the key it recognises an orphan
    participants_left_out BIGINT NOT NULL DEFAULT 0, -- how many more there were than are kept
    who_role TEXT NOT NULL,                -- the sender, or the first recipient of what we sent: shown in lists without a look elsewhere
    who_name TEXT NOT NULL DEFAULT '',
    who_address TEXT NOT NULL DEFAULT '',
    who_key TEXT NOT NULL DEFAULT '',      -- finds the contact that `who` is
    pack_id UUID NOT NULL,                 -- the blob the raw message lies in
    pack_offset BIGINT NOT NULL,
    pack_len BIGINT NOT NULL,
    CONSTRAINT "messages.message_key" UNIQUE (account_id, message_key, fingerprint)
);
-- The inbox and its counts are walks along this one.
CREATE INDEX messages_placed ON messages (owner_id, place, at DESC, id DESC, read);

CREATE TABLE participants (
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,              -- as in the message
    role TEXT NOT NULL,                    -- the word of `ParticipantRole`
    name TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',      -- as written
    address_key TEXT NOT NULL DEFAULT '',  -- what contacts are found by
    PRIMARY KEY (message_id, position)
);
-- A new address finds all its earlier mail by this.
CREATE INDEX participants_address ON participants (address_key, message_id);

CREATE TABLE attachments (
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    part BIGINT NOT NULL,                  -- its number in the parsed message, by which its bytes are found again
    name TEXT NOT NULL DEFAULT '',         -- safe on every system
    mime TEXT NOT NULL DEFAULT '',
    size BIGINT NOT NULL DEFAULT 0,        -- decoded
    content_id TEXT,                       -- the body points at it by this; absent: it cannot
    inline BOOLEAN NOT NULL DEFAULT FALSE, -- shown inside the body
    PRIMARY KEY (message_id, part)
);

-- Where messages lie on the server: one may lie in several folders.
CREATE TABLE locations (
    folder_id UUID NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    uid BIGINT NOT NULL,
    flags BIGINT NOT NULL DEFAULT 0,       -- bits of `Flags`, as the server last told
    message_id UUID REFERENCES messages (id) ON DELETE CASCADE, -- absent: seen, not kept
    PRIMARY KEY (folder_id, uid)
);
CREATE INDEX locations_message ON locations (message_id);

-- Locations whose UID became worthless; they wait to be recognised under a new one.
CREATE TABLE orphans (
    folder_id UUID NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    old_uid BIGINT NOT NULL,               -- only keeps twins apart
    flags BIGINT NOT NULL DEFAULT 0,
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (folder_id, message_id, old_uid)
);
CREATE INDEX orphans_message ON orphans (message_id);

CREATE TABLE retries (
    folder_id UUID NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    uid BIGINT NOT NULL,                   -- a message that could not be fetched yet
    attempts BIGINT NOT NULL DEFAULT 0,    -- the wait grows with it
    reason TEXT NOT NULL DEFAULT '',       -- for the owner, when it stays out
    PRIMARY KEY (folder_id, uid)
);

-- The archive: which message belongs to which contact.
CREATE TABLE message_contacts (
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,                    -- of the message, so that an archive is one index
    by_hand BOOLEAN NOT NULL DEFAULT FALSE, -- then no address takes it away
    removed BOOLEAN NOT NULL DEFAULT FALSE, -- unlinked by hand: kept, so that no address links it again
    waiting BIGINT NOT NULL DEFAULT 0,     -- 0: not in an inbox; 1: in it, read; 2: in it, unread. The list shows it for many contacts at once
    PRIMARY KEY (contact_id, message_id)
);
-- An archive is a walk along this one.
CREATE INDEX message_contacts_archive ON message_contacts (contact_id, at DESC, message_id DESC) WHERE NOT removed;
CREATE INDEX message_contacts_waiting ON message_contacts (contact_id, waiting) WHERE waiting > 0;
CREATE INDEX message_contacts_message ON message_contacts (message_id);
