-- The address book of each user that phones read over CardDAV: what is in it, and what changed since they last asked.

-- Who added a contact: `mine` in what a user chooses to carry along. Absent: it was there before anybody was noted.
ALTER TABLE contacts ADD COLUMN added_by UUID;
UPDATE contacts SET added_by = c.actor_id
FROM (SELECT id, MIN(seq) AS seq FROM changes WHERE entity = 'contact' AND kind = 'added' GROUP BY id) first
JOIN changes c ON c.seq = first.seq
WHERE first.id = contacts.id;

-- One for each user who switched it on; switching off takes it away.
CREATE TABLE dav_books (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL CONSTRAINT "dav_books.user_id" UNIQUE REFERENCES users (id) ON DELETE CASCADE, -- whose
    epoch TEXT NOT NULL,                   -- drawn anew with the book and after a restored backup: older tokens are then refused
    seq BIGINT NOT NULL DEFAULT 0,        -- the last number given to a member; grows by UPDATE … RETURNING
    choice TEXT NOT NULL,                  -- `SyncChoice` as JSON: which contacts
    address TEXT NOT NULL,                 -- what browsers call the server: links back begin with it
    logins BIGINT NOT NULL DEFAULT 0,     -- grows when a password changed: logins remembered before it are worth nothing
    enabled_at BIGINT NOT NULL
);

-- A contact as address books read it, written once for all books.
CREATE TABLE dav_cards (
    contact_id UUID NOT NULL PRIMARY KEY,  -- no reference: a phone must hear of one that is gone
    name TEXT NOT NULL CONSTRAINT "dav_cards.name" UNIQUE, -- the last part of its address
    etag TEXT NOT NULL,                    -- of exactly these bytes
    bytes BIGINT NOT NULL,                         -- its length, so that a list need not read it
    revised_at BIGINT NOT NULL,             -- stands on the card as REV
    vcard TEXT NOT NULL
);

-- Member, log and tombstone in one: a newer change takes the place of the older one, so nothing grows and nothing is purged.
CREATE TABLE dav_members (
    book_id UUID NOT NULL REFERENCES dav_books (id) ON DELETE CASCADE,
    contact_id UUID NOT NULL,
    seq BIGINT NOT NULL,                  -- of its latest change
    deleted BOOLEAN NOT NULL, -- it left the book
    PRIMARY KEY (book_id, contact_id)
);
-- Every answer to a phone is a walk along this one.
CREATE UNIQUE INDEX dav_members_seq ON dav_members (book_id, seq, contact_id, deleted);

-- What a user said of single contacts; it goes before the choice by type and tag, and outlives the book.
CREATE TABLE dav_picks (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    chosen BOOLEAN NOT NULL, -- by hand into it, or kept out of it
    PRIMARY KEY (user_id, contact_id)
);

-- What was seen of each device; written at most once a minute.
CREATE TABLE dav_devices (
    book_id UUID NOT NULL REFERENCES dav_books (id) ON DELETE CASCADE,
    password_id UUID NOT NULL,             -- the device password it came with; all zeroes: the password of the login
    family TEXT NOT NULL,                  -- what kind of program: `iOS`, `DAVx5`
    agent TEXT NOT NULL,                   -- as it calls itself
    seen_at BIGINT NOT NULL,
    cards BIGINT NOT NULL DEFAULT 0,      -- handed out so far
    error TEXT NOT NULL DEFAULT '',        -- the word of the last refusal; empty: none yet
    error_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (book_id, password_id, family)
);
