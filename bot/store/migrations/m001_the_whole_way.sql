CREATE TABLE meta (           -- facts about this database
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE posts (          -- every post a source gave us, once
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,  -- HMAC of source and native id: outlives both, so that a repeat or a deletion finds the row
    source     TEXT NOT NULL,
    native     TEXT,                  -- the platform's id. NULL: forgotten together with the text
    url        TEXT,                  -- NULL: the source gave none, or forgotten together with the text
    text       TEXT,                  -- cleaned and scrubbed. NULL: deleted at the source, or retention is over
    author     TEXT,                  -- HMAC of the handle. NULL: the source names nobody; counts as one person
    at         TEXT NOT NULL,         -- the instant it counts at: created_at, or seen_at where that is missing or ahead
    created_at TEXT,                  -- as the platform claims. NULL: it gave none that can be read
    seen_at    TEXT NOT NULL,
    lang       TEXT NOT NULL,         -- de, en, und
    relation   TEXT NOT NULL,         -- own, other, none
    carrier    TEXT,                  -- NULL: no carrier named (relation none)
    band       TEXT NOT NULL,         -- A, B, C, D
    skip       TEXT,                  -- why it became no finding. NULL: it is one
    addressed  INTEGER NOT NULL,      -- 1: sent to the carrier
    may_train  INTEGER NOT NULL       -- 0: the platform forbids training on it
) STRICT;
CREATE INDEX posts_seen ON posts (source, seen_at);
CREATE INDEX posts_at ON posts (at, relation);

CREATE TABLE findings (       -- posts about network trouble (A, B, C), ours or another carrier's
    post       INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    at         TEXT NOT NULL,         -- as in posts
    relation   TEXT NOT NULL,         -- own, other
    carrier    TEXT NOT NULL,
    band       TEXT NOT NULL,
    score      REAL NOT NULL,         -- 0 to 1
    symptoms   TEXT NOT NULL,         -- JSON array, the main one first
    cause      TEXT NOT NULL,
    technology TEXT,                  -- 2G to 5G. NULL: not named
    severity   INTEGER NOT NULL,      -- 1 to 4
    tone       INTEGER NOT NULL,      -- -2 to 1
    evidence   TEXT NOT NULL,         -- JSON array of [start, end, why]: offsets into posts.text, never its words
    who        TEXT NOT NULL,         -- posts.author, or a value of its own where that is NULL
    cluster    INTEGER NOT NULL,      -- the first post with this text; its own id when there was none
    city       TEXT,                  -- of the first place. NULL in all of them: unplaced, or not that precise
    district   TEXT,
    postcode   TEXT,
    state      TEXT,
    rules      TEXT NOT NULL          -- version of rules and model that judged
) STRICT;
CREATE INDEX findings_at ON findings (relation, at);
CREATE INDEX findings_city ON findings (city, at) WHERE relation = 'own';

CREATE TABLE places (         -- all places a finding names, the first one included
    post       INTEGER NOT NULL REFERENCES findings ON DELETE CASCADE,
    rank       INTEGER NOT NULL,      -- 0: the most specific
    kind       TEXT NOT NULL,
    city       TEXT,                  -- NULL: a state, a region
    district   TEXT,
    postcode   TEXT,
    state      TEXT,
    lat        REAL,                  -- WGS 84. NULL: the gazetteer has no point
    lon        REAL,
    confidence REAL NOT NULL,
    start      INTEGER NOT NULL,      -- offsets into posts.text
    end        INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    PRIMARY KEY (post, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE sketches (       -- for finding copies within seven days; older rows are purged
    value INTEGER NOT NULL,
    post  INTEGER NOT NULL REFERENCES findings ON DELETE CASCADE,
    at    TEXT NOT NULL,
    PRIMARY KEY (value, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX sketches_post ON sketches (post);

CREATE TABLE reports (        -- what customers filed in the form
    id       TEXT PRIMARY KEY,
    filed_at TEXT NOT NULL,
    source   TEXT NOT NULL,           -- form, or the name of a simulation
    symptoms TEXT NOT NULL,           -- JSON array
    city     TEXT,                    -- NULL in all of them: the customer left it open
    district TEXT,
    postcode TEXT,
    state    TEXT,
    person   TEXT                     -- keyed. NULL: nothing tells this filer from another
) STRICT;
CREATE INDEX reports_filed ON reports (filed_at);

CREATE TABLE sources (        -- what is known of each source, one row each
    name            TEXT PRIMARY KEY,
    made_up         INTEGER NOT NULL, -- 1: a simulation; every page that shows it says so
    last_success_at TEXT,             -- NULL: it never answered
    last_error      TEXT,             -- one line. NULL: the last run went well
    next_allowed_at TEXT              -- NULL: at any time; else the platform asked us to wait
) STRICT;

CREATE TABLE cursors (        -- how far each source vouches to be complete; written with the posts it vouches for
    source     TEXT PRIMARY KEY,
    cursor     TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE gaps (           -- stretches of time a source did not show us
    id     INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    since  TEXT NOT NULL,
    until  TEXT,                      -- NULL: still going on
    reason TEXT NOT NULL,
    UNIQUE (source, since, reason)
) STRICT;

CREATE TABLE runs (           -- every run of every job
    id         INTEGER PRIMARY KEY,
    job        TEXT NOT NULL,
    source     TEXT,                  -- NULL: the job has no source
    started_at TEXT NOT NULL,
    ended_at   TEXT NOT NULL,
    outcome    TEXT NOT NULL,         -- ok, partial, failed
    error      TEXT,                  -- one line. NULL: none
    posts      INTEGER NOT NULL,
    repeats    INTEGER NOT NULL,
    findings   INTEGER NOT NULL
) STRICT;
CREATE INDEX runs_job ON runs (job, started_at);

CREATE TABLE digests (        -- what went out for a day, so that it goes out once
    day        TEXT NOT NULL,         -- in the carrier's time zone
    recipient  TEXT NOT NULL,         -- 'folder', or the place of a target in the list of the config
    written_at TEXT NOT NULL,
    PRIMARY KEY (day, recipient)
) STRICT;
