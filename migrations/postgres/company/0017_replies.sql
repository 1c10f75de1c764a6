-- What comes of letters after they went: those that did not arrive, and meetings that others ask for.

-- Whom a letter did not reach, as a report has it. A letter's recipients are in `participants`.
CREATE TABLE undelivered (
    message_id UUID NOT NULL REFERENCES messages (id) ON DELETE CASCADE, -- the letter that was sent
    address_key TEXT NOT NULL,             -- what contacts are found by
    address TEXT NOT NULL,                 -- as the letter has it
    delayed BOOLEAN NOT NULL,              -- tried again; otherwise given up
    status TEXT NOT NULL DEFAULT '',       -- the code of RFC 3463, such as 5.1.1
    said TEXT NOT NULL DEFAULT '',         -- the other server's words
    at BIGINT NOT NULL,                    -- of the report
    settled BOOLEAN NOT NULL DEFAULT FALSE, -- somebody said that it counts no longer
    PRIMARY KEY (message_id, address_key)
);
CREATE INDEX undelivered_address ON undelivered (address_key, at DESC) WHERE NOT settled;

-- What is told of letters that are not here yet: one that was sent from a telephone may be met after what comes back of it.
CREATE TABLE reports (
    owner_id UUID NOT NULL,                -- whom it is told to
    about_key TEXT NOT NULL,               -- a Message-ID that the letter may have
    report TEXT NOT NULL,                  -- JSON of `Report`
    at BIGINT NOT NULL                    -- of the report
);
CREATE INDEX reports_about ON reports (owner_id, about_key);
CREATE INDEX reports_at ON reports (at);

-- Which meeting a message asks for or calls off. Those from before this table have none, and count as the newest.
CREATE TABLE notices (
    message_id UUID NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    owner_id UUID NOT NULL,                -- whose message it is
    uid TEXT NOT NULL,                     -- the meeting, as its organizer knows it
    recurrence TEXT NOT NULL,              -- one out of a row; empty: the whole
    organizer_key TEXT NOT NULL,           -- the organizer's address
    sequence BIGINT NOT NULL,              -- of its versions the highest counts,
    stamp BIGINT NOT NULL,                 -- and among equals the latest; in seconds
    cancels BOOLEAN NOT NULL               -- it calls the meeting off
);
CREATE INDEX notices_meeting ON notices (owner_id, uid);

CREATE TABLE meeting_answers (
    message_id UUID NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE, -- the letter that says it: taken back, it was not said
    account_id UUID NOT NULL,              -- the mailbox that was invited
    uid TEXT NOT NULL,
    recurrence TEXT NOT NULL,
    organizer_key TEXT NOT NULL,           -- two may use one number
    sequence BIGINT NOT NULL,              -- the version that it answers: a later one is to be answered anew
    answer TEXT NOT NULL,                  -- the word of `Answer`
    at BIGINT NOT NULL
);
CREATE INDEX meeting_answers_meeting ON meeting_answers (account_id, uid);
