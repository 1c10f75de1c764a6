-- What devices may write: a switch for each book, what they wrote that has no field here, and which device wrote what.

ALTER TABLE dav_books ADD COLUMN two_way BOOLEAN NOT NULL DEFAULT FALSE; -- what is changed on a device comes back

-- What a device called a card that it made: clients know cards by their address. Other books call it by the name in `dav_cards`.
CREATE TABLE dav_names (
    book_id UUID NOT NULL REFERENCES dav_books (id) ON DELETE CASCADE,
    contact_id UUID NOT NULL,              -- no reference: a phone must hear of one that is gone
    name TEXT NOT NULL,                    -- the last part of its address
    PRIMARY KEY (book_id, contact_id)
);
CREATE UNIQUE INDEX dav_names_name ON dav_names (book_id, name);

-- What a device wrote of a contact.
CREATE TABLE dav_kept (
    contact_id UUID NOT NULL PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    uid TEXT NOT NULL CONSTRAINT "dav_kept.uid" UNIQUE, -- what devices know it by; that of a contact without a row is its id
    lines TEXT NOT NULL                    -- of the card, unfolded: what has no field, and the device's own words for what has
);

-- Which device a change came from. Absent: none, it was made here.
ALTER TABLE changes ADD COLUMN device TEXT;             -- what kind of program: `iOS`, `DAVx5`
ALTER TABLE changes ADD COLUMN device_password_id UUID; -- the device password it came with; absent: the password of the login
CREATE INDEX changes_device ON changes (actor_id, seq) WHERE device IS NOT NULL;
