CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'brennpunkt','m001_the_whole_way','2026-11-22 13:22:09.357011+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'brennpunkt','m002_what_asking_costs','2026-11-22 13:22:09.360887+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'brennpunkt','m003_press_apart_from_customers','2026-11-22 13:22:09.363585+00:00');
CREATE TABLE costs (          -- what asking a source cost, as far as it was or may have been billed
    day      TEXT NOT NULL,           -- in UTC, as platforms bill
    source   TEXT NOT NULL,
    usd      INTEGER NOT NULL,        -- micro-dollars: 1,000,000 are one
    requests INTEGER NOT NULL,
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (        -- how far each source vouches to be complete; written with the posts it vouches for
    source     TEXT PRIMARY KEY,
    cursor     TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
INSERT INTO "cursors" VALUES('test','cursor 4','2026-03-02T12:00:00+00:00');
CREATE TABLE digests (        -- what went out for a day, so that it goes out once
    day        TEXT NOT NULL,         -- in the carrier's time zone
    recipient  TEXT NOT NULL,         -- 'folder', or the place of a target in the list of the config
    written_at TEXT NOT NULL,
    PRIMARY KEY (day, recipient)
) STRICT;
INSERT INTO "digests" VALUES('2026-03-02','folder','2026-03-02T12:00:00+00:00');
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
INSERT INTO "findings" VALUES(1,'2026-03-02T12:00:00+00:00','own','o2','A',0.9,'["data_stall"]','congestion','4G',3,-1,'[[0, 2, "data stall"]]','29c38e8d49ccfc5e63bcd3d5f016ec11',1,'Köln','Deutz',NULL,'Nordrhein-Westfalen','test');
INSERT INTO "findings" VALUES(2,'2026-03-02T12:00:00+00:00','own','o2','B',0.9,'["data_stall"]','congestion','4G',3,-1,'[[0, 2, "data stall"]]','29c38e8d49ccfc5e63bcd3d5f016ec11',2,'Köln','Deutz',NULL,'Nordrhein-Westfalen','test');
INSERT INTO "findings" VALUES(3,'2026-03-02T12:00:00+00:00','other','Telekom','A',0.9,'["data_stall"]','congestion','4G',3,-1,'[[0, 2, "data stall"]]','893d3e529d73c200e8df557ff2d59ef8',3,'Köln','Deutz',NULL,'Nordrhein-Westfalen','test');
CREATE TABLE gaps (           -- stretches of time a source did not show us
    id     INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    since  TEXT NOT NULL,
    until  TEXT,                      -- NULL: still going on
    reason TEXT NOT NULL,
    UNIQUE (source, since, reason)
) STRICT;
CREATE TABLE meta (           -- facts about this database
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO "meta" VALUES('key_check','17aa0dfc7f78a6594e7d7ac370610f9d');
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
INSERT INTO "places" VALUES(1,0,'district','Köln','Deutz',NULL,'Nordrhein-Westfalen',50.94,6.97,0.9,6,10,'test');
INSERT INTO "places" VALUES(2,0,'district','Köln','Deutz',NULL,'Nordrhein-Westfalen',50.94,6.97,0.9,6,10,'test');
INSERT INTO "places" VALUES(3,0,'district','Köln','Deutz',NULL,'Nordrhein-Westfalen',50.94,6.97,0.9,6,10,'test');
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
, press INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "posts" VALUES(1,'2de2f2f421bc8c3f8d64158ab17dbb8d','test','1','https://example.org/1','o2 in Köln-Deutz lädt nichts','29c38e8d49ccfc5e63bcd3d5f016ec11','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','own','o2','A',NULL,0,1,0);
INSERT INTO "posts" VALUES(2,'8870077136dc3cbda5506084f93fea89','test','2','https://example.org/2','o2 in Köln-Deutz schon wieder tot','29c38e8d49ccfc5e63bcd3d5f016ec11','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','own','o2','B',NULL,0,1,0);
INSERT INTO "posts" VALUES(3,'e5720ce8ee18b055a20045d6a4bff5f9','test','3','https://example.org/3','Telekom in Köln lahmt','893d3e529d73c200e8df557ff2d59ef8','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','other','Telekom','A',NULL,0,1,0);
INSERT INTO "posts" VALUES(4,'e0a6541bbef8bc0040383cb90e9e8340','test','4','https://example.org/4','Guten Morgen','48a26d93beee872161bfe618c0055afa','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','none',NULL,'D','no network trouble',0,1,0);
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
INSERT INTO "reports" VALUES('r1','2026-03-02T12:00:00+00:00','form','["slow_data"]','Mannheim',NULL,NULL,NULL,'40da9041d9e12619a92b7275b0e2998c');
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
INSERT INTO "runs" VALUES(1,'collect','test','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','ok',NULL,4,0,3);
CREATE TABLE sketches (       -- for finding copies within seven days; older rows are purged
    value INTEGER NOT NULL,
    post  INTEGER NOT NULL REFERENCES findings ON DELETE CASCADE,
    at    TEXT NOT NULL,
    PRIMARY KEY (value, post)
) STRICT, WITHOUT ROWID;
INSERT INTO "sketches" VALUES(7,1,'2026-03-02T12:00:00+00:00');
INSERT INTO "sketches" VALUES(14,2,'2026-03-02T12:00:00+00:00');
INSERT INTO "sketches" VALUES(21,3,'2026-03-02T12:00:00+00:00');
CREATE TABLE sources (        -- what is known of each source, one row each
    name            TEXT PRIMARY KEY,
    made_up         INTEGER NOT NULL, -- 1: a simulation; every page that shows it says so
    last_success_at TEXT,             -- NULL: it never answered
    last_error      TEXT,             -- one line. NULL: the last run went well
    next_allowed_at TEXT              -- NULL: at any time; else the platform asked us to wait
) STRICT;
INSERT INTO "sources" VALUES('test',0,'2026-03-02T12:00:00+00:00',NULL,NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX posts_seen ON posts (source, seen_at);
CREATE INDEX posts_at ON posts (at, relation);
CREATE INDEX findings_at ON findings (relation, at);
CREATE INDEX findings_city ON findings (city, at) WHERE relation = 'own';
CREATE INDEX sketches_post ON sketches (post);
CREATE INDEX reports_filed ON reports (filed_at);
CREATE INDEX runs_job ON runs (job, started_at);
PRAGMA application_id=1114793326;
PRAGMA user_version=3;
