CREATE TABLE cases (          -- one cause at one place, from the first complaints to proof that it is over
    number        INTEGER PRIMARY KEY,
    state         TEXT NOT NULL,
    opened_at     TEXT NOT NULL,
    changed_at    TEXT NOT NULL,      -- by a person, or a step of the program
    people        INTEGER NOT NULL,   -- in the days last looked at
    peak          INTEGER NOT NULL,   -- the most ever seen in so many days
    first_seen    TEXT NOT NULL,      -- days in the carrier's time zone
    last_seen     TEXT NOT NULL,
    symptoms      TEXT NOT NULL,      -- JSON array of [symptom, people]
    technology    TEXT,               -- NULL: nobody names one
    handed_people INTEGER,            -- `people` when it was handed over. NULL: never
    owner         TEXT,               -- NULL: nobody's yet
    due           TEXT,               -- a day. NULL: nobody named one
    measure       TEXT,               -- of the build-out plan. NULL: none
    fixed_on      TEXT,               -- a day. NULL: not said to be fixed
    reason        TEXT,               -- why closed. NULL: it is not
    merged_into   INTEGER REFERENCES cases  -- NULL: it was not
) STRICT;

CREATE TABLE case_spots (     -- where new complaints join a case: each spot has one
    city     TEXT NOT NULL,
    district TEXT NOT NULL,           -- '': the city, as far as its districts have none of their own
    trouble  TEXT NOT NULL,
    number   INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    rank     INTEGER NOT NULL,        -- 0: the case's main one
    PRIMARY KEY (city, district, trouble)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_spots_number ON case_spots (number);

CREATE TABLE case_events (    -- who did what when; notes are staff's words, never a customer's
    id     INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX case_events_number ON case_events (number, id);

CREATE TABLE bulletins (      -- public reports on the network; public once approved, kept for good
    number      INTEGER PRIMARY KEY,
    first       TEXT NOT NULL,        -- days in the carrier's time zone
    last        TEXT NOT NULL,
    carrier     TEXT NOT NULL,
    made_up     TEXT NOT NULL,        -- '': all of it is real
    sites       TEXT NOT NULL,        -- JSON array of objects
    made_at     TEXT NOT NULL,
    approved_by TEXT,                 -- NULL: a draft
    approved_at TEXT                  -- NULL: a draft
) STRICT;
