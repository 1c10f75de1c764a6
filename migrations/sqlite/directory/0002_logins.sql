-- Who may log in, who is logged in, and who knocks too often.

CREATE TABLE logins (
    email_key TEXT NOT NULL CONSTRAINT "logins.email_key" PRIMARY KEY, -- folded address: one login per address over all companies
    email TEXT NOT NULL,                   -- as typed, to write to
    password_hash TEXT NOT NULL,           -- Argon2id, with its own parameters and salt
    company_id BLOB NOT NULL REFERENCES companies (id) ON DELETE CASCADE, -- whose database to open
    user_id BLOB NOT NULL,                 -- the user in that database
    created_at INTEGER NOT NULL            -- for the operator, when an account is disputed
) STRICT;
CREATE INDEX logins_company ON logins (company_id);

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,  -- only the hash: who reads this table cannot log in with it
    company_id BLOB NOT NULL REFERENCES companies (id) ON DELETE CASCADE, -- whose database to open
    user_id BLOB NOT NULL,                 -- as whom
    created_at INTEGER NOT NULL,           -- a session has a longest life, whatever its use
    seen_at INTEGER NOT NULL,              -- last use
    expires_at INTEGER NOT NULL            -- after this it is no longer good
) STRICT;
CREATE INDEX sessions_company ON sessions (company_id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE resets (
    email_key TEXT NOT NULL PRIMARY KEY REFERENCES logins (email_key) ON DELETE CASCADE, -- a new link replaces the one before
    token_hash BLOB NOT NULL CONSTRAINT "resets.token_hash" UNIQUE, -- only the hash, as with sessions
    expires_at INTEGER NOT NULL            -- links are short-lived
) STRICT;

CREATE TABLE attempts (
    "key" TEXT NOT NULL PRIMARY KEY,       -- what is counted: an address, a network
    count INTEGER NOT NULL DEFAULT 0,      -- in the window that began below
    began_at INTEGER NOT NULL              -- an old window counts for nothing
) STRICT;
