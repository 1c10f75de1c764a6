-- Which companies there are, and who holds the right to work for them.

CREATE TABLE companies (
    id UUID NOT NULL PRIMARY KEY,          -- names the company's database, and binds its wrapped key to it
    name TEXT NOT NULL,                    -- for the operator's list; what users see stands in the company's own database
    wrapped_key BYTEA NOT NULL,            -- sealed by the master key: without that, no company opens
    created_at BIGINT NOT NULL             -- microseconds; the order of the operator's list
);

-- A worker leases a company, not a job; another takes over when the lease has ended.
CREATE TABLE leases (
    company_id UUID NOT NULL PRIMARY KEY REFERENCES companies (id) ON DELETE CASCADE, -- one holder at a time
    node TEXT NOT NULL DEFAULT '',         -- who holds it; empty when it was given back
    fence BIGINT NOT NULL DEFAULT 0,       -- grows when it changes hands, so that a sleeper can be told from its heir
    until_at BIGINT NOT NULL DEFAULT 0     -- after this moment anyone may take it
);

-- One row: proof that the master key is the one all this was sealed with.
CREATE TABLE directory_key (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is but one
    sealed BYTEA NOT NULL                  -- a known key, wrapped; it unwraps or the master key is a wrong one
);
