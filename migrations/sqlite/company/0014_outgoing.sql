-- Letters that are being written, and those on their way out.

ALTER TABLE messages ADD COLUMN written TEXT; -- the word of `Written`; absent: it was not written here
ALTER TABLE mail_accounts ADD COLUMN sending TEXT; -- the outgoing server, a small closed shape as JSON; absent: its owner did not say

CREATE TABLE drafts (
    id BLOB NOT NULL PRIMARY KEY,
    owner_id BLOB NOT NULL,
    action TEXT NOT NULL,                  -- the word of `Action`
    answers BLOB,                          -- the message it answers or sends on; absent: none
    account_id BLOB,                       -- `Van`; absent: not chosen yet
    template_id BLOB,                      -- absent: none
    recipients TEXT NOT NULL,              -- to, cc, bcc and linked contacts, a small closed shape as JSON
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    begun TEXT NOT NULL,                   -- what the template gave of it
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    sent_as BLOB,                          -- the message it became, until that has gone; absent: none
    removed_at INTEGER                     -- absent: it is there
) STRICT;
CREATE INDEX drafts_owner ON drafts (owner_id, changed_at DESC, id DESC);
CREATE INDEX drafts_sent ON drafts (sent_as) WHERE sent_as IS NOT NULL;
CREATE INDEX drafts_removed ON drafts (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE draft_files (
    id BLOB NOT NULL PRIMARY KEY,
    draft_id BLOB NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,                 -- of the file itself
    pack_id BLOB NOT NULL,                 -- the blob; a template's files lie where the template has them
    pack_offset INTEGER NOT NULL,
    pack_len INTEGER NOT NULL,
    removed_at INTEGER                     -- absent: it is there
) STRICT;
CREATE INDEX draft_files_draft ON draft_files (draft_id, id);
CREATE INDEX draft_files_pack ON draft_files (pack_id);

-- What becomes of a message that was written here. Its bytes are the message's own.
CREATE TABLE outbox (
    message_id BLOB NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL,              -- no reference: an account that is gone is a reason to show
    state TEXT NOT NULL,                   -- the word of `SendState`
    due_at INTEGER NOT NULL,               -- when it goes, or is tried again
    attempts INTEGER NOT NULL DEFAULT 0,   -- counted before the attempt
    fault TEXT,                            -- why it did not go, a small closed shape as JSON; absent: nothing is wrong
    handed_over INTEGER NOT NULL DEFAULT 0 CHECK (handed_over IN (0, 1)) -- its last byte may have gone
) STRICT;
CREATE INDEX outbox_due ON outbox (state, due_at);

CREATE TABLE outbox_recipients (
    message_id BLOB NOT NULL REFERENCES outbox (message_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,             -- as in the letter
    address TEXT NOT NULL,
    state TEXT NOT NULL,                   -- the word of `RecipientState`
    said TEXT NOT NULL DEFAULT '',         -- the server's words of a refusal
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;
