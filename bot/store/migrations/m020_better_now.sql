CREATE TABLE better (         -- "is it better now?", asked once of those who left an address; nothing here leads to them
    token       TEXT PRIMARY KEY,     -- HMAC of what their link holds
    number      INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    asked_at    TEXT NOT NULL,
    better      INTEGER,              -- 1 yes, 0 no. NULL: no answer
    answered_at TEXT                  -- NULL: no answer
) STRICT, WITHOUT ROWID;
CREATE INDEX better_number ON better (number);
