-- Addresses that letters go from, beside those of the mailboxes themselves.

CREATE TABLE senders (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES mail_accounts (id) ON DELETE CASCADE, -- whose server its letters go through
    address TEXT NOT NULL,                 -- as typed
    address_key TEXT NOT NULL,             -- what its mail is known by
    name TEXT NOT NULL DEFAULT '',         -- what recipients see; empty: the name of whoever writes
    verified_at INTEGER,                   -- absent: nobody has shown yet that he reads it
    code_hash BLOB,                        -- of the code that was mailed to it; absent: none is good
    code_until INTEGER NOT NULL,           -- until when it is
    attempts INTEGER NOT NULL DEFAULT 0,   -- how often it was guessed at
    CONSTRAINT "senders.address_key" UNIQUE (account_id, address_key)
) STRICT;

ALTER TABLE drafts ADD COLUMN sender_id BLOB REFERENCES senders (id) ON DELETE SET NULL; -- absent: from the mailbox's own address
CREATE INDEX drafts_sender ON drafts (sender_id) WHERE sender_id IS NOT NULL;

ALTER TABLE company ADD COLUMN forward_keeps_contacts INTEGER NOT NULL DEFAULT 1 CHECK (forward_keeps_contacts IN (0, 1)); -- what is sent on is linked as what came was
