CREATE TABLE alerts (         -- incidents of early warning that people are told of
    number        INTEGER PRIMARY KEY,
    since         TEXT NOT NULL,      -- where the excess begins
    until         TEXT NOT NULL,      -- when the rule last said so
    opened_at     TEXT NOT NULL,
    over_at       TEXT,               -- NULL: it goes on
    told_observed INTEGER NOT NULL,   -- the people the last message spoke of; 0: none went
    told_at       TEXT,               -- NULL: no message went
    spike         TEXT NOT NULL,      -- JSON of domain.Spike
    detail        TEXT NOT NULL       -- JSON of what helps to judge it; never a text or an author
) STRICT;
CREATE INDEX alerts_until ON alerts (until);

CREATE TABLE outbox (         -- messages to people, each to one target
    number     INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,  -- what it says, and to whom: queued once for good
    target     TEXT NOT NULL,         -- a name in the config; addresses hold passwords and stay in the environment
    what       TEXT NOT NULL,         -- digest, alert
    state      TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'unknown')),
    title      TEXT NOT NULL,
    text       TEXT NOT NULL,         -- '': sent, or given up by a person
    html       TEXT NOT NULL,         -- '' likewise
    picture    BLOB,                  -- a PNG. NULL: none, or likewise
    created_at TEXT NOT NULL,
    not_before TEXT NOT NULL,         -- the end of quiet hours, or of a wait after a failure
    attempts   INTEGER NOT NULL,
    error      TEXT,                  -- of the last attempt, one line. NULL: none
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (state, not_before);
