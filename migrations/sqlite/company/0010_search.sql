-- What a search needs beside the index of words itself.

-- The words that messages have in them, to know which are common: a word that is still being typed is looked for by its likeliest endings.
-- One in sixteen is counted, so that the many rare ones cost nothing.
CREATE TABLE search_words (
    word TEXT NOT NULL PRIMARY KEY,        -- folded
    messages INTEGER NOT NULL DEFAULT 0    -- about a sixteenth of those that it is in
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab (message_text, row);
INSERT INTO search_words (word, messages) SELECT term, (doc + 8) / 16 FROM message_vocabulary WHERE doc >= 8;
DROP TABLE message_vocabulary;

-- The words that contacts are found by, wherever they stand in a name, an address or a number.
CREATE TABLE contact_words (
    word TEXT NOT NULL,                    -- folded, a piece of `contacts.search_key`
    contact_id BLOB NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_words_contact ON contact_words (contact_id, word);
INSERT INTO contact_words (word, contact_id)
WITH RECURSIVE pieces (contact_id, word, rest) AS (
    SELECT id, '', search_key || ' ' || replace(replace(replace(search_key, '@', ' '), '.', ' '), '-', ' ') || ' ' FROM contacts
    UNION ALL
    SELECT contact_id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM pieces WHERE rest <> ''
)
SELECT DISTINCT word, contact_id FROM pieces WHERE word <> '';

-- A search within a contact finds most messages by its addresses; these have none of them.
CREATE INDEX message_contacts_by_hand ON message_contacts (contact_id, at DESC) WHERE by_hand AND NOT removed;
