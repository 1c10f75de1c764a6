-- What changed, and what is still to be done. Both are written in the transaction of their cause.

-- Rows rather than sequences: numbers are handed out in the order of commits, so a reader skips none.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL DEFAULT 0        -- the last number handed out
);
INSERT INTO counters (name, value) VALUES ('changes', 0);

CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,       -- without gaps; clients ask for what came after theirs
    entity TEXT NOT NULL,                  -- the word of `Entity`
    id UUID NOT NULL,                      -- of what changed
    kind TEXT NOT NULL,                    -- the word of `ChangeKind`
    actor_id UUID,                         -- who did it; absent: the system
    at BIGINT NOT NULL,
    owner_id UUID                          -- whose own message or account it is; absent: everybody's
);

CREATE TABLE jobs (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,                    -- who does it
    dedup TEXT NOT NULL,                   -- the same work is not queued twice
    payload TEXT NOT NULL DEFAULT '{}',    -- a small closed shape, as JSON
    attempts BIGINT NOT NULL DEFAULT 0,    -- counted when taken, so that one that kills its worker is counted too
    due_at BIGINT NOT NULL,                -- not before
    taken_until BIGINT NOT NULL DEFAULT 0, -- a worker has it until then; later it is anyone's again
    error TEXT NOT NULL DEFAULT '',        -- why the last attempt failed
    failed BOOLEAN NOT NULL DEFAULT FALSE  -- given up for good: shown, no longer tried
);
CREATE UNIQUE INDEX jobs_dedup ON jobs (kind, dedup) WHERE NOT failed;
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE NOT failed;
