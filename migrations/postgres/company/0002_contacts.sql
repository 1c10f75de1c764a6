-- Contacts: people and companies, how to reach them, and how they are sorted.

CREATE TABLE contact_types (
    id UUID NOT NULL PRIMARY KEY,
    "key" TEXT,                            -- the word of `StandardType`, translated by the rooms; none once renamed
    name TEXT NOT NULL DEFAULT '',         -- what its owner calls it
    position BIGINT NOT NULL DEFAULT 0     -- their order is their owner's, not the alphabet's
);

CREATE TABLE contacts (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,                    -- `person` or `company`
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    company TEXT NOT NULL DEFAULT '',      -- its own name, or a person's company as typed while no employer is linked
    function TEXT NOT NULL DEFAULT '',     -- job title
    employer_id UUID REFERENCES contacts (id) ON DELETE SET NULL, -- absent: works for nobody we know
    type_id UUID NOT NULL REFERENCES contact_types (id), -- every contact has exactly one
    active BOOLEAN NOT NULL DEFAULT TRUE,  -- inactive ones are left out of lists unless asked for
    note TEXT NOT NULL DEFAULT '',
    search_key TEXT NOT NULL DEFAULT '',   -- names, employer, addresses and numbers, folded: what a search looks in
    last_at BIGINT NOT NULL,               -- the latest interaction: the list is ranked by it
    deleted_at BIGINT                      -- in the bin since; absent: not in the bin
);
-- The list is a walk along one of these two, a page at a time.
CREATE INDEX contacts_ranked ON contacts (last_at DESC, id DESC) WHERE deleted_at IS NULL AND active;
CREATE INDEX contacts_ranked_all ON contacts (last_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX contacts_employer ON contacts (employer_id) WHERE employer_id IS NOT NULL;
CREATE INDEX contacts_type ON contacts (type_id);

CREATE TABLE contact_details (
    id UUID NOT NULL PRIMARY KEY,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,              -- the order they were added in; ids of one millisecond have none
    kind TEXT NOT NULL,                    -- the word of `DetailKind`
    label TEXT NOT NULL DEFAULT '',        -- whatever people call it
    value TEXT NOT NULL,                   -- as typed
    value_key TEXT NOT NULL,               -- what it is matched by: mail is linked on it
    domain TEXT NOT NULL DEFAULT ''        -- of an e-mail address: colleagues share it
);
CREATE INDEX contact_details_contact ON contact_details (contact_id, position);
CREATE INDEX contact_details_key ON contact_details (value_key, kind, contact_id);
CREATE INDEX contact_details_domain ON contact_details (domain) WHERE domain <> '';

CREATE TABLE contact_addresses (
    id UUID NOT NULL PRIMARY KEY,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,              -- the order they were added in
    label TEXT NOT NULL DEFAULT '',        -- visiting, postal, holiday …
    street TEXT NOT NULL DEFAULT '',       -- with its number: address books have no field of its own for it
    postcode TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',         -- shown beside companies in the list
    state TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL DEFAULT ''
);
CREATE INDEX contact_addresses_contact ON contact_addresses (contact_id, position);

CREATE TABLE tags (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,                    -- as typed first
    name_key TEXT NOT NULL CONSTRAINT "tags.name_key" UNIQUE -- folded: case and accents make no second tag
);

CREATE TABLE contact_tags (
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    tag_id UUID NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (contact_id, tag_id)
);
CREATE INDEX contact_tags_tag ON contact_tags (tag_id, contact_id);
