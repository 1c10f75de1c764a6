-- Signing in at a provider's page, in place of a password.

ALTER TABLE mail_accounts ADD COLUMN issuer TEXT; -- the word of `Issuer`: who lets in; absent: the password does
ALTER TABLE mail_accounts ADD COLUMN sealed_grant BYTEA; -- the provider's tokens, by the company's key, bound to this row; absent: none

-- One way to the provider's page and back, for minutes.
CREATE TABLE sign_ins (
    id UUID NOT NULL PRIMARY KEY,
    owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose mailbox it is for
    session_hash BYTEA NOT NULL,           -- the session it began in: who comes back in another one is refused
    state_hash BYTEA NOT NULL CONSTRAINT "sign_ins.state_hash" UNIQUE, -- only the hash of what the user comes back with
    issuer TEXT NOT NULL,                  -- the word of `Issuer`
    kind TEXT NOT NULL,                    -- the wizard's first choice
    address TEXT NOT NULL,                 -- as typed
    account_id UUID,                       -- the account that is signed in to anew; absent: a new one
    server TEXT,                           -- typed in the wizard, a small closed shape as JSON; absent: nothing was
    sealed BYTEA NOT NULL,                 -- what the code is exchanged with, then what came of it; bound to this row
    back BOOLEAN NOT NULL DEFAULT FALSE,   -- the user came back: nobody does so twice
    fault TEXT,                            -- JSON of why nobody was let in; absent: nothing is wrong
    expires_at BIGINT NOT NULL             -- after this it is no longer good
);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);
