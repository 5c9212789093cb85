-- drafts.state now also: sending (committed before the first byte leaves), sent, failed (certainly not sent, and given up),
-- unknown (nobody can say: looked up on the platform before anything else).
CREATE TABLE sendings (       -- drafts on their way to a platform, one row each from the first look at the parent on
    draft      INTEGER PRIMARY KEY REFERENCES drafts ON DELETE CASCADE,
    attempts   INTEGER NOT NULL,
    tried_at   TEXT,                  -- the last attempt, committed before it. NULL: none yet
    not_before TEXT,                  -- NULL: at any time
    native     TEXT,                  -- what the platform calls our reply. NULL: not sent, or gone with the post's text
    error      TEXT                   -- one line. NULL: none
) STRICT;
CREATE INDEX sendings_tried ON sendings (tried_at);

CREATE TABLE senders (        -- whether a source's account may send; '' stands for all of them
    source    TEXT PRIMARY KEY,
    forbidden INTEGER NOT NULL,       -- refusals in a row by which the platform forbids what we do
    halted_at TEXT,                   -- NULL: it may send
    halted_by TEXT,                   -- the system's user, or daemon. NULL: it may send
    why       TEXT                    -- one line. NULL: it may send
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (        -- posts sent to us that answer another post: perhaps a reply of ours
    post      INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    parent    TEXT,                   -- what the platform calls the post that it answers. NULL: gone with the text
    kind      TEXT,                   -- place, question, stop, thanks, insult, sensitive, other. NULL: not read, or none of ours
    needs     INTEGER NOT NULL,       -- 1: a person must read it
    read_at   TEXT,                   -- NULL: not yet
    closed_by TEXT                    -- who saw to it. NULL: nobody
) STRICT;
CREATE INDEX answers_parent ON answers (parent);

CREATE TABLE completions (    -- where a finding is, as its author told us when asked: holds against judging it anew
    post     INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    at       TEXT NOT NULL,           -- when it was told
    kind     TEXT NOT NULL,
    city     TEXT,                    -- this and what follows as in places. NULL: not told, or the gazetteer has no point
    district TEXT,
    postcode TEXT,
    state    TEXT,
    lat      REAL,
    lon      REAL
) STRICT;
