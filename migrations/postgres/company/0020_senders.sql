-- Addresses that letters go from, beside those of the mailboxes themselves.

CREATE TABLE senders (
    id UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES mail_accounts (id) ON DELETE CASCADE, -- whose server its letters go through
    address TEXT NOT NULL,                 -- as typed
    address_key TEXT NOT NULL,             -- what its mail is known by
    name TEXT NOT NULL DEFAULT '',         -- what recipients see; empty: the name of whoever writes
    verified_at BIGINT,                    -- absent: nobody has shown yet that he reads it
    code_hash BYTEA,                       -- of the code that was mailed to it; absent: none is good
    code_until BIGINT NOT NULL,            -- until when it is
    attempts BIGINT NOT NULL DEFAULT 0,    -- how often it was guessed at
    CONSTRAINT "senders.address_key" UNIQUE (account_id, address_key)
);

ALTER TABLE drafts ADD COLUMN sender_id UUID REFERENCES senders (id) ON DELETE SET NULL; -- absent: from the mailbox's own address
CREATE INDEX drafts_sender ON drafts (sender_id) WHERE sender_id IS NOT NULL;

ALTER TABLE company ADD COLUMN forward_keeps_contacts BOOLEAN NOT NULL DEFAULT TRUE; -- what is sent on is linked as what came was
