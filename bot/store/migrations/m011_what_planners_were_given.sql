CREATE TABLE extracts (       -- periods of the anonymous list, as they were given away: never written again, kept for good
    first       TEXT PRIMARY KEY,     -- days in the carrier's time zone
    last        TEXT NOT NULL,
    k           INTEGER NOT NULL,     -- no row speaks of fewer people
    rolled      INTEGER NOT NULL,     -- groups that were too small for a row of their own
    shown       INTEGER NOT NULL,     -- 0: fewer than k people complained at all
    rules       TEXT NOT NULL,        -- versions that judged
    heard       REAL NOT NULL,        -- 0 to 1: hours that somebody listened in
    released_at TEXT NOT NULL,
    released_by TEXT NOT NULL,        -- the system's user
    rows        TEXT NOT NULL         -- JSON array of [symptom, technology, city, district, state, people]
) STRICT;
