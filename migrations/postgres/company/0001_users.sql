-- The people who use this company's CRM, and how they like to see it.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,          -- the directory's logins point here
    first_name TEXT NOT NULL DEFAULT '',   -- shown
    last_name TEXT NOT NULL DEFAULT '',    -- shown
    email TEXT NOT NULL DEFAULT '',        -- shown; logging in is the directory's business
    role TEXT NOT NULL                     -- the word of `Role`; what it allows stands in the model
);

-- One row, made when preferences are first saved.
CREATE TABLE company (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is but one
    name TEXT NOT NULL DEFAULT '',         -- the company's name as its users know it
    language TEXT NOT NULL,                -- `nl`, `en`
    time_zone TEXT NOT NULL,               -- IANA name: the office's wall clock
    date_format TEXT NOT NULL,             -- the word of `DateFormat`
    inbox_shows TEXT NOT NULL,             -- the word of `InboxShows`
    employees_in_archive BOOLEAN NOT NULL DEFAULT TRUE -- merge them into the employer's archive
);

-- One row: proof that the key is this company's.
CREATE TABLE company_key (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), -- there is but one
    sealed BYTEA NOT NULL                  -- a known word, sealed; it opens or the key is a wrong one
);
