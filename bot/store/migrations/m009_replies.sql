CREATE TABLE drafts (         -- what was decided about answering a finding, once each; nothing here has been sent
    id         INTEGER PRIMARY KEY,
    post       INTEGER NOT NULL UNIQUE REFERENCES posts ON DELETE CASCADE,
    state      TEXT NOT NULL,         -- draft, approved, skipped, withdrawn
    reason     TEXT,                  -- why skipped or withdrawn, or only by hand. NULL: nothing spoke against
    way        TEXT,                  -- approval, automatic, by_hand. NULL: never drafted
    platform   TEXT,                  -- NULL: the source takes no replies
    lang       TEXT NOT NULL,         -- of the reply
    text       TEXT,                  -- NULL: never drafted, or gone with the post's
    made_at    TEXT NOT NULL,
    decided_at TEXT,                  -- by a person. NULL: not yet
    decided_by TEXT                   -- the system's user, or daemon. NULL: not yet
) STRICT;
CREATE INDEX drafts_state ON drafts (state, made_at);

CREATE TABLE limits (         -- what the author of a finding asks of whoever replies
    post   INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    warned INTEGER NOT NULL,          -- 1: put a content warning before it
    closed INTEGER NOT NULL           -- 1: takes no replies from us
) STRICT;

CREATE TABLE opt_outs (       -- who wants no replies; their posts are still counted
    author TEXT PRIMARY KEY,          -- HMAC, as in posts
    since  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE known_faults (   -- what a person confirmed, so that replies may say it
    id          INTEGER PRIMARY KEY,
    city        TEXT NOT NULL,        -- official name
    district    TEXT,                 -- NULL: the whole city
    since       TEXT NOT NULL,
    until       TEXT NOT NULL,        -- after it replies no longer say so
    approved_by TEXT NOT NULL
) STRICT;
