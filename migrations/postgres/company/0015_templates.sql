-- Letters that begin half-written, and what stands under them: who writes, and for which company.

ALTER TABLE users ADD COLUMN card_email TEXT NOT NULL DEFAULT ''; -- what his letters name; empty: the address he logs in with
ALTER TABLE users ADD COLUMN company TEXT NOT NULL DEFAULT '';    -- empty: the company's own name
ALTER TABLE users ADD COLUMN function TEXT NOT NULL DEFAULT '';   -- job title
ALTER TABLE users ADD COLUMN mobile TEXT NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN address TEXT NOT NULL DEFAULT '';  -- street and number
ALTER TABLE company ADD COLUMN postcode TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN iban TEXT NOT NULL DEFAULT '';     -- as it is printed, in fours; its check digits are right
ALTER TABLE company ADD COLUMN bic TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN bank_city TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN kvk TEXT NOT NULL DEFAULT '';
ALTER TABLE company ADD COLUMN vat TEXT NOT NULL DEFAULT '';

CREATE TABLE templates (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    tab TEXT NOT NULL,                     -- the word of a `StandardTab`, or what somebody typed
    subject TEXT NOT NULL DEFAULT '',      -- a text; fields as their keys between guillemets
    sender_domain TEXT NOT NULL DEFAULT '', -- empty: any
    active BOOLEAN NOT NULL DEFAULT TRUE,  -- offered when a letter is written
    standard BOOLEAN NOT NULL DEFAULT FALSE, -- new ones are copies of it; it is never removed
    body TEXT NOT NULL,                    -- safe HTML, fields as chips with their keys
    version BIGINT NOT NULL,               -- of the body
    changed_at BIGINT NOT NULL,
    removed_at BIGINT                      -- absent: it is there
);
-- There is but one.
CREATE UNIQUE INDEX templates_standard ON templates (standard) WHERE standard;

-- Every body there was, the present one among them.
CREATE TABLE template_versions (
    template_id UUID NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    author_id UUID,                        -- absent: it came with the program
    at BIGINT NOT NULL,
    PRIMARY KEY (template_id, version)
);

CREATE TABLE template_files (
    id UUID NOT NULL PRIMARY KEY,
    template_id UUID NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,                  -- of the file itself
    pack_id UUID NOT NULL,                 -- the blob; a copied template's files lie in the same one
    pack_offset BIGINT NOT NULL,
    pack_len BIGINT NOT NULL,
    removed_at BIGINT                      -- absent: it is there
);
CREATE INDEX template_files_template ON template_files (template_id, id);
CREATE INDEX template_files_pack ON template_files (pack_id);

-- What is written with which template. A removed one counts as none.
CREATE TABLE action_types (
    action TEXT NOT NULL PRIMARY KEY,      -- the word of `TemplateAction`
    template_id UUID NOT NULL REFERENCES templates (id) ON DELETE CASCADE
);
CREATE INDEX action_types_template ON action_types (template_id);
