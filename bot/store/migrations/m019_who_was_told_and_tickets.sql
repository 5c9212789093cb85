CREATE TABLE escalations (    -- rules that told somebody, each about one thing once
    number          INTEGER PRIMARY KEY,
    rule            TEXT NOT NULL,
    occasion        TEXT NOT NULL,
    key             TEXT NOT NULL,    -- what it is about
    why             TEXT NOT NULL,    -- made by the program
    fired_at        TEXT NOT NULL,
    due_at          TEXT,             -- NULL: nobody has to say that they saw it
    acknowledged_at TEXT,             -- NULL: nobody has yet
    acknowledged_by TEXT,             -- NULL likewise
    escalated_at    TEXT,             -- NULL: the next ones were not told
    UNIQUE (rule, key)
) STRICT;

CREATE TABLE tickets (        -- cases in the ticket systems of others; the message itself lies in the outbox
    message     INTEGER PRIMARY KEY,  -- outbox.number
    number      INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    system      TEXT NOT NULL,        -- a name in the config
    key         TEXT NOT NULL UNIQUE, -- by which it is found there again
    external_id TEXT,                 -- there. NULL: not known to have arrived
    status      TEXT,                 -- there, in its words. NULL: not read yet
    checked_at  TEXT,                 -- NULL: not yet
    created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX tickets_number ON tickets (number);
