-- What a user did here and the server has still to be told; and what the sync keeps for its long run.

-- A message's errand of one kind: the last wish counts, earlier ones are forgotten.
CREATE TABLE errands (
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,                    -- 'read' or 'move'
    account_id UUID NOT NULL REFERENCES mail_accounts (id) ON DELETE CASCADE, -- whose connection runs it
    want TEXT NOT NULL,                    -- 'yes' or 'no'; or the word of the `FolderRole` to move to
    attempts BIGINT NOT NULL DEFAULT 0,   -- counted before the attempt: one that breaks the connection is counted too
    due_at BIGINT NOT NULL,               -- not before
    done BOOLEAN NOT NULL DEFAULT FALSE, -- the server obeyed; where the message lies now is seen at the next look
    failed BOOLEAN NOT NULL DEFAULT FALSE, -- given up: shown to its owner
    reason TEXT NOT NULL DEFAULT '',       -- the server's words for that
    PRIMARY KEY (message_id, kind)
);
CREATE INDEX errands_account ON errands (account_id, due_at);

-- Set once the server's trash held what was deleted here: from then on the server's word counts for where it lies.
ALTER TABLE messages ADD COLUMN mirrored BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE folders ADD COLUMN floor BIGINT NOT NULL DEFAULT 1; -- the downward fetch ends here: below, everything was here before
ALTER TABLE folders ADD COLUMN since BIGINT; -- older messages were left out; absent: none were
ALTER TABLE folders ADD COLUMN left_out BIGINT NOT NULL DEFAULT 0; -- how many those are
ALTER TABLE folders ADD COLUMN resync BOOLEAN NOT NULL DEFAULT FALSE; -- its owner asked for it to be looked at anew
ALTER TABLE folders ADD COLUMN chosen BOOLEAN NOT NULL DEFAULT FALSE; -- its role was given by hand

ALTER TABLE mail_accounts ADD COLUMN spent_day BIGINT NOT NULL DEFAULT 0; -- days since 1970: the day the next column counts for
ALTER TABLE mail_accounts ADD COLUMN spent_bytes BIGINT NOT NULL DEFAULT 0; -- fetched that day, where the provider sets a limit
ALTER TABLE mail_accounts ADD COLUMN next_try_at BIGINT; -- while it is broken; absent: it waits for its owner, or works
ALTER TABLE mail_accounts ADD COLUMN noticed_at BIGINT; -- the owner was written to about this outage; absent: not

-- The newest fence a node has worked under; one with an older fence lost its lease and may write no more.
INSERT INTO counters (name, value) VALUES ('fence', 0);
