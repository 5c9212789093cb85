CREATE TABLE plan_versions (  -- the planners' table, as it was imported each time
    number      INTEGER PRIMARY KEY,
    imported_at TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    file        TEXT NOT NULL,        -- its name
    digest      TEXT NOT NULL,        -- SHA-256 of the file
    bad         INTEGER NOT NULL,     -- rows that could not be read
    measures    TEXT NOT NULL         -- JSON array of objects
) STRICT;
