CREATE VIRTUAL TABLE post_words USING fts5 (
    text, content = 'posts', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", columnsize = 0
);
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'brennpunkt','m001_the_whole_way','2026-11-22 13:22:09.357011+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'brennpunkt','m002_what_asking_costs','2026-11-22 13:22:09.360887+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'brennpunkt','m003_press_apart_from_customers','2026-11-22 13:22:09.363585+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'brennpunkt','m004_posts_by_author','2026-11-22 13:22:09.366305+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'brennpunkt','m005_what_is_kept_and_for_how_long','2026-11-22 13:22:09.369058+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'brennpunkt','m006_labels_doubts_and_who_judged','2026-11-22 13:22:09.372502+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'brennpunkt','m007_how_sources_are_and_which_posts_are_still_there','2026-11-22 13:22:09.376708+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'brennpunkt','m008_alerts_and_messages_on_their_way','2026-11-22 13:22:09.380320+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'brennpunkt','m009_replies','2026-11-22 13:22:09.384472+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'brennpunkt','m010_silences_that_people_heard_of','2026-11-22 13:32:54.909535+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'brennpunkt','m011_what_planners_were_given','2026-11-22 13:40:43.298998+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'brennpunkt','m012_accounts_of_the_desk','2026-11-22 13:43:38.363777+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'brennpunkt','m013_words_to_search','2026-11-22 13:43:38.377278+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'brennpunkt','m014_who_works_on_what','2026-11-22 13:43:38.387468+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'brennpunkt','m015_cases_and_public_reports','2026-11-22 13:51:33.781244+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'brennpunkt','m016_the_build_out_plan','2026-11-22 13:57:17.995155+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'brennpunkt','m017_what_people_file','2026-11-22 14:11:01.094580+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'brennpunkt','m018_replies_on_their_way','2026-11-22 14:14:22.809259+00:00');
INSERT INTO "_sqlite_migrations" VALUES(19,'brennpunkt','m019_who_was_told_and_tickets','2026-11-22 14:30:26.819791+00:00');
INSERT INTO "_sqlite_migrations" VALUES(20,'brennpunkt','m020_better_now','2026-11-22 15:04:21.676983+00:00');
INSERT INTO "_sqlite_migrations" VALUES(21,'brennpunkt','m021_what_people_corrected','2026-11-22 16:36:36.413270+00:00');
INSERT INTO "_sqlite_migrations" VALUES(22,'brennpunkt','m022_what_large_tables_are_asked','2026-11-22 17:04:47.765126+00:00');
INSERT INTO "_sqlite_migrations" VALUES(23,'brennpunkt','m023_texts_that_are_still_there','2026-11-22 17:37:07.632622+00:00');
INSERT INTO "_sqlite_migrations" VALUES(24,'brennpunkt','m024_what_is_made_up_is_asked_for','2026-11-22 19:52:05.414409+00:00');
INSERT INTO "_sqlite_migrations" VALUES(25,'brennpunkt','m025_runs_that_stand_for_many','2026-11-22 20:03:28.010759+00:00');
INSERT INTO "_sqlite_migrations" VALUES(26,'brennpunkt','m026_the_nearest_doubts_first','2026-11-22 20:13:37.076571+00:00');
INSERT INTO "_sqlite_migrations" VALUES(27,'brennpunkt','m027_what_happened_to_cases_as_data','2026-11-22 21:34:42.372750+00:00');
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
CREATE TABLE answers (        -- posts sent to us that answer another post: perhaps a reply of ours
    post      INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    parent    TEXT,                   -- what the platform calls the post that it answers. NULL: gone with the text
    kind      TEXT,                   -- place, question, stop, thanks, insult, sensitive, other. NULL: not read, or none of ours
    needs     INTEGER NOT NULL,       -- 1: a person must read it
    read_at   TEXT,                   -- NULL: not yet
    closed_by TEXT                    -- who saw to it. NULL: nobody
) STRICT;
CREATE TABLE audit (          -- who did what to personal data, and to how many posts: never a word of theirs
    id     INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,             -- the system's user, or daemon
    action TEXT NOT NULL,
    posts  INTEGER NOT NULL,
    detail TEXT                       -- made by the program. NULL: nothing to add
) STRICT;
CREATE TABLE better (         -- "is it better now?", asked once of those who left an address; nothing here leads to them
    token       TEXT PRIMARY KEY,     -- HMAC of what their link holds
    number      INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    asked_at    TEXT NOT NULL,
    better      INTEGER,              -- 1 yes, 0 no. NULL: no answer
    answered_at TEXT                  -- NULL: no answer
) STRICT, WITHOUT ROWID;
CREATE TABLE bulletins (      -- public reports on the network; public once approved, kept for good
    number      INTEGER PRIMARY KEY,
    first       TEXT NOT NULL,        -- days in the carrier's time zone
    last        TEXT NOT NULL,
    carrier     TEXT NOT NULL,
    sites       TEXT NOT NULL,        -- JSON array of objects
    made_at     TEXT NOT NULL,
    approved_by TEXT,                 -- NULL: a draft
    approved_at TEXT                  -- NULL: a draft
) STRICT;
CREATE TABLE case_events (    -- who did what when; notes are staff's words, never a customer's
    id     INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
, facts TEXT NOT NULL DEFAULT '[]') STRICT;
CREATE TABLE case_spots (     -- where new complaints join a case: each spot has one
    city     TEXT NOT NULL,
    district TEXT NOT NULL,           -- '': the city, as far as its districts have none of their own
    trouble  TEXT NOT NULL,
    number   INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
    rank     INTEGER NOT NULL,        -- 0: the case's main one
    PRIMARY KEY (city, district, trouble)
) STRICT, WITHOUT ROWID;
CREATE TABLE cases (          -- one cause at one place, from the first complaints to proof that it is over
    number        INTEGER PRIMARY KEY,
    state         TEXT NOT NULL,
    opened_at     TEXT NOT NULL,
    changed_at    TEXT NOT NULL,      -- by a person, or a step of the program
    people        INTEGER NOT NULL,   -- in the days last looked at
    peak          INTEGER NOT NULL,   -- the most ever seen in so many days
    first_seen    TEXT NOT NULL,      -- days in the carrier's time zone
    last_seen     TEXT NOT NULL,
    symptoms      TEXT NOT NULL,      -- JSON array of [symptom, people]
    technology    TEXT,               -- NULL: nobody names one
    handed_people INTEGER,            -- `people` when it was handed over. NULL: never
    owner         TEXT,               -- NULL: nobody's yet
    due           TEXT,               -- a day. NULL: nobody named one
    measure       TEXT,               -- of the build-out plan. NULL: none
    fixed_on      TEXT,               -- a day. NULL: not said to be fixed
    reason        TEXT,               -- why closed. NULL: it is not
    merged_into   INTEGER REFERENCES cases  -- NULL: it was not
) STRICT;
CREATE TABLE claims (         -- who has taken what, so that no two people do the same
    what  TEXT PRIMARY KEY,           -- "reply 12", "alert 3"
    who   TEXT NOT NULL,              -- users.name
    since TEXT NOT NULL,
    until TEXT NOT NULL               -- it falls back by itself; each look at it moves this on
) STRICT, WITHOUT ROWID;
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
CREATE TABLE contacts (       -- addresses for one follow-up to one report, nothing else; gone with it
    report       TEXT PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
    sealed       TEXT NOT NULL,       -- the address, encrypted; its key lies outside
    state        TEXT NOT NULL,       -- asked (mail due), asking (being sent), waiting (for the click), failed, confirmed
    asked_at     TEXT NOT NULL,
    confirmed_at TEXT                 -- NULL: not yet; such rows go after two days
) STRICT, WITHOUT ROWID;
CREATE TABLE corrected (      -- what the program says of a labelled post: put back when the label is taken back
    post     INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    band     TEXT NOT NULL,
    skip     TEXT,                    -- NULL: it was a finding
    relation TEXT,                    -- this and what follows as in findings. NULL: it was none
    symptoms TEXT,
    cause    TEXT
) STRICT;
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
CREATE TABLE day_counts (     -- what is left of findings and reports when their rows go; kept for good
    day      TEXT NOT NULL,           -- in the carrier's time zone
    filed    INTEGER NOT NULL,        -- 1: reports, 0: posts
    relation TEXT NOT NULL,           -- own, other
    carrier  TEXT NOT NULL,           -- '' for reports
    band     TEXT NOT NULL,
    symptom  TEXT NOT NULL,           -- the main one; '' where none was chosen
    cause    TEXT NOT NULL,
    city     TEXT NOT NULL,           -- '': unplaced
    district TEXT NOT NULL,           -- '': the city as a whole
    people   INTEGER NOT NULL,        -- each once a day, carrier and place: in the row of their strongest complaint
    posts    INTEGER NOT NULL,
    PRIMARY KEY (day, filed, relation, carrier, band, symptom, cause, city, district)
) STRICT, WITHOUT ROWID;
CREATE TABLE day_sources (    -- what is left of all posts, those without trouble included
    day    TEXT NOT NULL,
    source TEXT NOT NULL,
    posts  INTEGER NOT NULL,
    own    INTEGER NOT NULL,          -- of these, about us
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE digests (        -- what went out for a day, so that it goes out once
    day        TEXT NOT NULL,         -- in the carrier's time zone
    recipient  TEXT NOT NULL,         -- 'folder', or the place of a target in the list of the config
    written_at TEXT NOT NULL,
    PRIMARY KEY (day, recipient)
) STRICT;
INSERT INTO "digests" VALUES('2026-03-02','folder','2026-03-02T12:00:00+00:00');
CREATE TABLE doubts (         -- verdicts that a person should look at
    post   INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    reason TEXT NOT NULL,
    gap    REAL NOT NULL              -- from the line, in logits
) STRICT;
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
CREATE TABLE extracts (       -- periods of the anonymous list, as they were given away: never written again, kept for good
    first       TEXT PRIMARY KEY,     -- days in the carrier's time zone
    last        TEXT NOT NULL,
    k           INTEGER NOT NULL,     -- no row speaks of fewer people
    rolled      INTEGER NOT NULL,     -- groups that were too small for a row of their own
    shown       INTEGER NOT NULL,     -- 0: fewer than k people complained at all
    rules       TEXT NOT NULL,        -- versions that judged
    heard       REAL NOT NULL,        -- 0 to 1: hours that somebody listened in
    released_at TEXT NOT NULL,
    released_by TEXT NOT NULL,        -- the system's user
    rows        TEXT NOT NULL         -- JSON array of [symptom, technology, city, district, state, people]
) STRICT;
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
CREATE TABLE judgements (     -- what was said of a post before another version said something else
    id          INTEGER PRIMARY KEY,
    post        INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
    version     INTEGER NOT NULL,     -- versions.id; 0: not noted
    replaced_at TEXT NOT NULL,
    relation    TEXT NOT NULL,
    band        TEXT NOT NULL,
    score       REAL,                 -- NULL: it was no finding
    symptoms    TEXT,                 -- JSON array, the main one first. NULL: it was no finding
    cause       TEXT                  -- NULL: it was no finding
) STRICT;
CREATE TABLE known_faults (   -- what a person confirmed, so that replies may say it
    id          INTEGER PRIMARY KEY,
    city        TEXT NOT NULL,        -- official name
    district    TEXT,                 -- NULL: the whole city
    since       TEXT NOT NULL,
    until       TEXT NOT NULL,        -- after it replies no longer say so
    approved_by TEXT NOT NULL
) STRICT;
CREATE TABLE labels (         -- what a person says of a text; an older word on the same text is kept beside the one in force
    id          INTEGER PRIMARY KEY,
    ref         TEXT NOT NULL,        -- "post 17", or "file " and the id that the file gives
    post        INTEGER REFERENCES posts ON DELETE CASCADE,  -- NULL: from a file, its post was never here
    band        TEXT NOT NULL,
    symptoms    TEXT NOT NULL,        -- JSON array, the main one first
    cause       TEXT,                 -- NULL: not said
    place       TEXT,                 -- NULL: not said
    lang        TEXT NOT NULL,
    text        TEXT,                 -- a scrubbed copy that may stay longer. NULL: it lives and goes with the post's
    may_train   INTEGER NOT NULL,     -- 0: for evaluation only, or the platform forbids training on it
    picked      TEXT NOT NULL,        -- how the post came up: doubt, lot, named, file
    labelled_at TEXT NOT NULL,
    labelled_by TEXT NOT NULL,        -- the system's user
    replaced_at TEXT                  -- NULL: in force
, spot TEXT) STRICT;
CREATE TABLE limits (         -- what the author of a finding asks of whoever replies
    post   INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    warned INTEGER NOT NULL,          -- 1: put a content warning before it
    closed INTEGER NOT NULL           -- 1: takes no replies from us
) STRICT;
CREATE TABLE meta (           -- facts about this database
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO "meta" VALUES('key_check','17aa0dfc7f78a6594e7d7ac370610f9d');
CREATE TABLE notes (          -- what those on a shift tell the next one. About the work, never about a person
    id   INTEGER PRIMARY KEY,
    at   TEXT NOT NULL,
    who  TEXT NOT NULL,               -- users.name
    kind TEXT NOT NULL,               -- note, handover: the latter ends a shift
    text TEXT NOT NULL
) STRICT;
CREATE TABLE opt_outs (       -- who wants no replies; their posts are still counted
    author TEXT PRIMARY KEY,          -- HMAC, as in posts
    since  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE plan_versions (  -- the planners' table, as it was imported each time
    number      INTEGER PRIMARY KEY,
    imported_at TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    file        TEXT NOT NULL,        -- its name
    digest      TEXT NOT NULL,        -- SHA-256 of the file
    bad         INTEGER NOT NULL,     -- rows that could not be read
    measures    TEXT NOT NULL         -- JSON array of objects
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
, press INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "posts" VALUES(1,'2de2f2f421bc8c3f8d64158ab17dbb8d','test','1','https://example.org/1','o2 in Köln-Deutz lädt nichts','29c38e8d49ccfc5e63bcd3d5f016ec11','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','own','o2','A',NULL,0,1,0,0);
INSERT INTO "posts" VALUES(2,'8870077136dc3cbda5506084f93fea89','test','2','https://example.org/2','o2 in Köln-Deutz schon wieder tot','29c38e8d49ccfc5e63bcd3d5f016ec11','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','own','o2','B',NULL,0,1,0,0);
INSERT INTO "posts" VALUES(3,'e5720ce8ee18b055a20045d6a4bff5f9','test','3','https://example.org/3','Telekom in Köln lahmt','893d3e529d73c200e8df557ff2d59ef8','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','other','Telekom','A',NULL,0,1,0,0);
INSERT INTO "posts" VALUES(4,'e0a6541bbef8bc0040383cb90e9e8340','test','4','https://example.org/4','Guten Morgen','48a26d93beee872161bfe618c0055afa','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','de','none',NULL,'D','no network trouble',0,1,0,0);
CREATE TABLE rechecks (       -- looking whether posts are still there, and those that were deleted go here too
    post       INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    local      TEXT,                  -- what the server we asked calls it. NULL: as in posts.native
    checked_at TEXT                   -- NULL: not since it was seen
) STRICT;
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
, standing TEXT NOT NULL DEFAULT 'accepted', reason TEXT, receipt TEXT, lang TEXT, setting TEXT, since TEXT, often TEXT, times TEXT, technology TEXT, phone TEXT, words TEXT, decided_at TEXT, decided_by TEXT) STRICT;
INSERT INTO "reports" VALUES('r1','2026-03-02T12:00:00+00:00','form','["slow_data"]','Mannheim',NULL,NULL,NULL,'40da9041d9e12619a92b7275b0e2998c','accepted',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
, last_at TEXT) STRICT;
INSERT INTO "runs" VALUES(1,'collect','test','2026-03-02T12:00:00+00:00','2026-03-02T12:00:00+00:00','ok',NULL,4,0,3,NULL);
CREATE TABLE senders (        -- whether a source's account may send; '' stands for all of them
    source    TEXT PRIMARY KEY,
    forbidden INTEGER NOT NULL,       -- refusals in a row by which the platform forbids what we do
    halted_at TEXT,                   -- NULL: it may send
    halted_by TEXT,                   -- the system's user, or daemon. NULL: it may send
    why       TEXT                    -- one line. NULL: it may send
) STRICT, WITHOUT ROWID;
CREATE TABLE sendings (       -- drafts on their way to a platform, one row each from the first look at the parent on
    draft      INTEGER PRIMARY KEY REFERENCES drafts ON DELETE CASCADE,
    attempts   INTEGER NOT NULL,
    tried_at   TEXT,                  -- the last attempt, committed before it. NULL: none yet
    not_before TEXT,                  -- NULL: at any time
    native     TEXT,                  -- what the platform calls our reply. NULL: not sent, or gone with the post's text
    error      TEXT                   -- one line. NULL: none
) STRICT;
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
, trouble TEXT, failures INTEGER NOT NULL DEFAULT 0, failing_since TEXT, silence_told_at TEXT) STRICT;
INSERT INTO "sources" VALUES('test',0,'2026-03-02T12:00:00+00:00',NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE steps (          -- how often the form was opened and sent, each day; nobody is followed
    day   TEXT NOT NULL,              -- in the carrier's time zone
    step  TEXT NOT NULL,              -- opened, filed; the same with ' by link' where a reply's link led to it
    times INTEGER NOT NULL,
    PRIMARY KEY (day, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE suppressed (     -- who asked to be forgotten, so that nothing of theirs is taken in again
    key   TEXT PRIMARY KEY,           -- HMAC of an author, a URL or a post
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE urls (           -- what is left of a post's URL when its text goes: a person may name it still
    key  TEXT NOT NULL,               -- HMAC of the URL
    post INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
    PRIMARY KEY (key, post)
) STRICT, WITHOUT ROWID;
CREATE TABLE users (          -- who may enter the desk
    name     TEXT PRIMARY KEY,        -- in lower case, chosen by the admin
    role     TEXT NOT NULL,           -- viewer, planner, manager, admin
    password TEXT NOT NULL,           -- its argon2id hash, with salt and costs
    made_at  TEXT NOT NULL,
    lang     TEXT,                    -- de, en. NULL: as the browser asks
    zone     TEXT                     -- of the times shown. NULL: the carrier's
) STRICT, WITHOUT ROWID;
CREATE TABLE versions (       -- of rules and model that judged here
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE,
    since TEXT NOT NULL
) STRICT;
CREATE TABLE visits (         -- who is signed in, browser by browser
    key     TEXT PRIMARY KEY,         -- SHA-256 of what the browser holds: a stolen copy of this table opens nothing
    user    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    since   TEXT NOT NULL,
    seen_at TEXT NOT NULL             -- to the minute
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX posts_seen ON posts (source, seen_at);
CREATE INDEX posts_at ON posts (at, relation);
CREATE INDEX findings_at ON findings (relation, at);
CREATE INDEX findings_city ON findings (city, at) WHERE relation = 'own';
CREATE INDEX sketches_post ON sketches (post);
CREATE INDEX reports_filed ON reports (filed_at);
CREATE INDEX runs_job ON runs (job, started_at);
CREATE INDEX posts_author ON posts (author);
CREATE INDEX urls_post ON urls (post);
CREATE INDEX judgements_post ON judgements (post);
CREATE UNIQUE INDEX labels_in_force ON labels (ref) WHERE replaced_at IS NULL;
CREATE INDEX labels_post ON labels (post);
CREATE INDEX alerts_until ON alerts (until);
CREATE INDEX outbox_due ON outbox (state, not_before);
CREATE INDEX drafts_state ON drafts (state, made_at);
CREATE INDEX visits_user ON visits (user);
CREATE TRIGGER post_words_come AFTER INSERT ON posts WHEN new.text IS NOT NULL BEGIN
    INSERT INTO post_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER post_words_change AFTER UPDATE OF text ON posts WHEN old.text IS NOT new.text BEGIN
    INSERT INTO post_words (post_words, rowid, text) SELECT 'delete', old.id, old.text WHERE old.text IS NOT NULL;
    INSERT INTO post_words (rowid, text) SELECT new.id, new.text WHERE new.text IS NOT NULL;
END;
CREATE TRIGGER post_words_go AFTER DELETE ON posts WHEN old.text IS NOT NULL BEGIN
    INSERT INTO post_words (post_words, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE INDEX notes_at ON notes (at);
CREATE INDEX case_spots_number ON case_spots (number);
CREATE INDEX case_events_number ON case_events (number, id);
CREATE UNIQUE INDEX reports_receipt ON reports (receipt);
CREATE INDEX reports_waiting ON reports (filed_at) WHERE standing = 'waiting';
CREATE INDEX reports_city ON reports (city, filed_at);
CREATE INDEX sendings_tried ON sendings (tried_at);
CREATE INDEX answers_parent ON answers (parent);
CREATE INDEX tickets_number ON tickets (number);
CREATE INDEX better_number ON better (number);
CREATE INDEX posts_shown ON posts (source, at, relation);
CREATE INDEX posts_trouble ON posts (at) WHERE band <> 'D';
CREATE INDEX posts_press ON posts (at) WHERE press = 1;
CREATE INDEX runs_heard ON runs (source, started_at) WHERE job = 'collect' AND outcome <> 'failed';
CREATE INDEX posts_raw ON posts (source, seen_at) WHERE coalesce(text, native, url) IS NOT NULL;
CREATE INDEX doubts_near ON doubts (gap, post);
INSERT INTO post_words (post_words) VALUES ('rebuild');
PRAGMA application_id=1114793326;
PRAGMA user_version=27;
