-- What a search needs beside the index of words itself.

-- An address or a file name was one word to PostgreSQL, and is the words that stand in it from now on.
UPDATE message_text SET words = words || to_tsvector('simple', split.text)
FROM (
    SELECT t.sort_key, string_agg(regexp_replace(w.lexeme, '[^[:alnum:]]+', ' ', 'g'), ' ') AS text
    FROM message_text t, unnest(t.words) AS w
    WHERE w.lexeme ~ '[^[:alnum:]]'
    GROUP BY t.sort_key
) AS split
WHERE split.sort_key = message_text.sort_key;

-- The words that contacts are found by, wherever they stand in a name, an address or a number.
CREATE TABLE contact_words (
    word TEXT COLLATE "C" NOT NULL,        -- folded, a piece of `contacts.search_key`
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (word, contact_id)
);
CREATE INDEX contact_words_contact ON contact_words (contact_id, word);
INSERT INTO contact_words (word, contact_id)
SELECT DISTINCT piece, id
FROM contacts, regexp_split_to_table(search_key || ' ' || translate(search_key, '@.-', '   '), ' ') AS piece
WHERE piece <> '';

-- A search within a contact finds most messages by its addresses; these have none of them.
CREATE INDEX message_contacts_by_hand ON message_contacts (contact_id, at DESC) WHERE by_hand AND NOT removed;
