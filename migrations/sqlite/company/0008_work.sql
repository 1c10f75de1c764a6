-- What people do with messages besides reading them: marks, putting off, notes and tasks; and what was done to many at once.

ALTER TABLE messages ADD COLUMN highlighted INTEGER NOT NULL DEFAULT 0 CHECK (highlighted IN (0, 1));
ALTER TABLE messages ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1)); -- its owner's alone, whoever is linked
ALTER TABLE messages ADD COLUMN snoozed_until INTEGER; -- out of the inbox until then; absent: not put off
ALTER TABLE messages ADD COLUMN returned_at INTEGER; -- back from being put off since: it stands above the rest; absent: it never was
ALTER TABLE messages ADD COLUMN notes INTEGER NOT NULL DEFAULT 0; -- how many it has: lists show it without a look elsewhere
-- What comes back is found by its time.
CREATE INDEX messages_snoozed ON messages (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX messages_returned ON messages (owner_id, place, returned_at DESC, id DESC) WHERE returned_at IS NOT NULL;
-- The same lists by sender.
CREATE INDEX messages_by_sender ON messages (owner_id, place, who_key, at DESC, id DESC);

CREATE TABLE notes (
    id BLOB NOT NULL PRIMARY KEY,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    author_id BLOB NOT NULL,               -- no reference: what a colleague said stays when he leaves
    text TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_message ON notes (message_id, at, id);

CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    due_day INTEGER,                       -- days since 1970; absent: whenever
    done_at INTEGER,                       -- absent: still to be done
    author_id BLOB NOT NULL,
    assignee_id BLOB NOT NULL,             -- who is to do it
    contact_id BLOB REFERENCES contacts (id) ON DELETE SET NULL, -- whom it is about; absent: nobody
    message_id BLOB REFERENCES messages (id) ON DELETE SET NULL, -- what it was made from; absent: nothing
    at INTEGER NOT NULL                    -- made then
) STRICT;
CREATE INDEX tasks_open ON tasks (assignee_id, due_day, id) WHERE done_at IS NULL;
CREATE INDEX tasks_contact ON tasks (contact_id, done_at) WHERE contact_id IS NOT NULL;
CREATE INDEX tasks_message ON tasks (message_id) WHERE message_id IS NOT NULL;

-- What somebody did to messages, kept for a while so that it can be undone.
CREATE TABLE acts (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,                 -- only he undoes it
    act TEXT NOT NULL,                     -- a word of what was done
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX acts_at ON acts (at);

CREATE TABLE act_messages (
    act_id BLOB NOT NULL REFERENCES acts (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE, -- one that it really changed
    was INTEGER,                           -- until when it was put off before; absent: it was not
    PRIMARY KEY (act_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX act_messages_message ON act_messages (message_id);
