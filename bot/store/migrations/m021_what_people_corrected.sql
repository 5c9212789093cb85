ALTER TABLE labels ADD COLUMN spot TEXT;  -- JSON array: city, district, postcode, state; [null, null, null, null]: nowhere. NULL: not said

CREATE TABLE corrected (      -- what the program says of a labelled post: put back when the label is taken back
    post     INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    band     TEXT NOT NULL,
    skip     TEXT,                    -- NULL: it was a finding
    relation TEXT,                    -- this and what follows as in findings. NULL: it was none
    symptoms TEXT,
    cause    TEXT
) STRICT;
