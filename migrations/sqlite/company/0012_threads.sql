-- Which messages belong together: whatever names one another is one thread, in whatever order it arrived.

ALTER TABLE messages ADD COLUMN thread_id BLOB; -- absent: from before there were threads; it gets one with the next mail that arrives
ALTER TABLE messages ADD COLUMN talk_key TEXT NOT NULL DEFAULT ''; -- bare subject and people, for answers that do not say what they answer
ALTER TABLE messages ADD COLUMN bare_reply INTEGER NOT NULL DEFAULT 0 CHECK (bare_reply IN (0, 1)); -- such an answer
-- A conversation is a walk along this one.
CREATE INDEX messages_thread ON messages (thread_id, at DESC, id DESC);
CREATE INDEX messages_talk ON messages (owner_id, talk_key, at) WHERE talk_key <> '';
CREATE INDEX messages_bare_reply ON messages (owner_id, talk_key, at) WHERE bare_reply;
CREATE INDEX messages_unthreaded ON messages (sort_key) WHERE thread_id IS NULL;

-- Every Message-ID that a message has or names, also those that never came.
CREATE TABLE thread_ids (
    owner_id BLOB NOT NULL,                -- threads do not cross from one reader to another
    message_key TEXT NOT NULL,
    thread_id BLOB NOT NULL,
    by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)), -- put there by its reader: what arrives later joins it, and merges nothing
    PRIMARY KEY (owner_id, message_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_ids_thread ON thread_ids (thread_id);
