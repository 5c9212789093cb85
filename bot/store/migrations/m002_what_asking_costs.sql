CREATE TABLE costs (          -- what asking a source cost, as far as it was or may have been billed
    day      TEXT NOT NULL,           -- in UTC, as platforms bill
    source   TEXT NOT NULL,
    usd      INTEGER NOT NULL,        -- micro-dollars: 1,000,000 are one
    requests INTEGER NOT NULL,
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;
