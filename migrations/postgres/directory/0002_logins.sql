-- Who may log in, who is logged in, and who knocks too often.

CREATE TABLE logins (
    email_key TEXT NOT NULL CONSTRAINT "logins.email_key" PRIMARY KEY, -- folded address: one login per address over all companies
    email TEXT NOT NULL,                   -- as typed, to write to
    password_hash TEXT NOT NULL,           -- Argon2id, with its own parameters and salt
    company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE, -- whose database to open
    user_id UUID NOT NULL,                 -- the user in that database
    created_at BIGINT NOT NULL             -- for the operator, when an account is disputed
);
CREATE INDEX logins_company ON logins (company_id);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY, -- only the hash: who reads this table cannot log in with it
    company_id UUID NOT NULL REFERENCES companies (id) ON DELETE CASCADE, -- whose database to open
    user_id UUID NOT NULL,                 -- as whom
    created_at BIGINT NOT NULL,            -- a session has a longest life, whatever its use
    seen_at BIGINT NOT NULL,               -- last use
    expires_at BIGINT NOT NULL             -- after this it is no longer good
);
CREATE INDEX sessions_company ON sessions (company_id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE resets (
    email_key TEXT NOT NULL PRIMARY KEY REFERENCES logins (email_key) ON DELETE CASCADE, -- a new link replaces the one before
    token_hash BYTEA NOT NULL CONSTRAINT "resets.token_hash" UNIQUE, -- only the hash, as with sessions
    expires_at BIGINT NOT NULL             -- links are short-lived
);

CREATE TABLE attempts (
    "key" TEXT NOT NULL PRIMARY KEY,       -- what is counted: an address, a network
    count BIGINT NOT NULL DEFAULT 0,       -- in the window that began below
    began_at BIGINT NOT NULL               -- an old window counts for nothing
);
