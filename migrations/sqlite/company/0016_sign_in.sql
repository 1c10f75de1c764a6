-- Signing in at a provider's page, in place of a password.

ALTER TABLE mail_accounts ADD COLUMN issuer TEXT; -- the word of `Issuer`: who lets in; absent: the password does
ALTER TABLE mail_accounts ADD COLUMN sealed_grant BLOB; -- the provider's tokens, by the company's key, bound to this row; absent: none

-- One way to the provider's page and back, for minutes.
CREATE TABLE sign_ins (
    id BLOB NOT NULL PRIMARY KEY,
    owner_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose mailbox it is for
    session_hash BLOB NOT NULL,            -- the session it began in: who comes back in another one is refused
    state_hash BLOB NOT NULL CONSTRAINT "sign_ins.state_hash" UNIQUE, -- only the hash of what the user comes back with
    issuer TEXT NOT NULL,                  -- the word of `Issuer`
    kind TEXT NOT NULL,                    -- the wizard's first choice
    address TEXT NOT NULL,                 -- as typed
    account_id BLOB,                       -- the account that is signed in to anew; absent: a new one
    server TEXT,                           -- typed in the wizard, a small closed shape as JSON; absent: nothing was
    sealed BLOB NOT NULL,                  -- what the code is exchanged with, then what came of it; bound to this row
    back INTEGER NOT NULL DEFAULT 0 CHECK (back IN (0, 1)), -- the user came back: nobody does so twice
    fault TEXT,                            -- JSON of why nobody was let in; absent: nothing is wrong
    expires_at INTEGER NOT NULL            -- after this it is no longer good
) STRICT;
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);
