-- What nobody needs any more is taken out of view after a time, kept for a while longer, and then destroyed.

ALTER TABLE company ADD COLUMN clean_trash INTEGER DEFAULT 30; -- days in the trash; absent: for ever
ALTER TABLE company ADD COLUMN clean_spam INTEGER DEFAULT 30; -- days after reception; absent: for ever
ALTER TABLE company ADD COLUMN clean_finished INTEGER; -- days after finishing what is linked to nobody; absent: for ever
ALTER TABLE company ADD COLUMN clean_backup INTEGER NOT NULL DEFAULT 30; -- days that it can be brought back

-- What its days are counted from where it stands now; absent: it stands where nothing is cleaned.
ALTER TABLE messages ADD COLUMN days_from INTEGER;
-- Nobody noted when another mail program put it into the trash: those are counted from today.
UPDATE messages SET days_from = CASE place
    WHEN 'spam' THEN at
    WHEN 'finished' THEN COALESCE(finished_at, CAST(strftime('%s', 'now') AS INTEGER) * 1000000)
    ELSE COALESCE(deleted_at, CAST(strftime('%s', 'now') AS INTEGER) * 1000000)
END
WHERE place IN ('trash', 'spam', 'finished');
-- What is overdue is a walk along this one.
CREATE INDEX messages_days ON messages (place, days_from, id) WHERE days_from IS NOT NULL;
-- Whether a pack still holds anything that is kept.
CREATE INDEX messages_pack ON messages (pack_id);

-- Out of view, and still to be had back. Its message stands at the place `removed`, which no list shows.
CREATE TABLE removals (
    message_id BLOB NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    why TEXT NOT NULL,                     -- the word of `Removal`: also where it goes back to
    at INTEGER NOT NULL,                   -- since when
    search_key TEXT NOT NULL               -- subject and people, folded
) STRICT, WITHOUT ROWID;
CREATE INDEX removals_at ON removals (at, message_id);

-- Destroyed here, and perhaps still on the server: there it is passed over, also when the folder is numbered anew.
CREATE TABLE unwanted (
    folder_id BLOB NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    message_key TEXT NOT NULL,
    size INTEGER NOT NULL,                 -- with the key it recognises the message
    PRIMARY KEY (folder_id, message_key, size)
) STRICT, WITHOUT ROWID;

-- Packs that no message lies in any more; their bytes are still to go.
CREATE TABLE spent_packs (
    pack_id BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
