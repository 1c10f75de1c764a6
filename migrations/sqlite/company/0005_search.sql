-- The words of messages. Only an index: the text itself lies in the packs.

CREATE VIRTUAL TABLE message_text USING fts5 (
    subject,
    people,                                -- names and addresses
    body,                                  -- quotes stripped to the first level
    files,                                 -- names of attachments
    content = '',                          -- rowid is `messages.sort_key`; nothing but the index is kept
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);
-- A batch makes a segment of the index. Merging eight at a time instead of four writes a word about half as often on the first fetch.
INSERT INTO message_text (message_text, rank) VALUES ('automerge', 8);
