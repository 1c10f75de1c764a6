-- The words of messages. Only an index: the text itself lies in the packs.

CREATE TABLE message_text (
    sort_key BIGINT NOT NULL PRIMARY KEY REFERENCES messages (sort_key) ON DELETE CASCADE, -- as in the other database, where it is the rowid
    words TSVECTOR NOT NULL                -- subject (A), people (B), names of attachments (C), body (D)
);
CREATE INDEX message_text_words ON message_text USING gin (words);
