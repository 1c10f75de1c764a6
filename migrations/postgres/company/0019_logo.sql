-- The firm's logo, as letters show it. One row; none: there is no logo.

CREATE TABLE logo (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), -- there is but one
    picture TEXT NOT NULL,                 -- as a `data:` address, as pictures stand in templates
    width BIGINT NOT NULL,                 -- in pixels
    height BIGINT NOT NULL
);
