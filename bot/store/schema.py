"""The tables, as migrations: appended, never edited. Every column that may be NULL says what NULL means.

Times are ISO 8601 in UTC to the second, always in the form of `database.iso`, so that text order is time order.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x4272656E  # "Bren": tells our file from any other SQLite file

migrations = Migrations("brennpunkt")


@migrations()
def m001_the_whole_way(db: Database) -> None:
    for statement in _M001.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m002_what_asking_costs(db: Database) -> None:
    db.execute(_M002)


@migrations()
def m003_press_apart_from_customers(db: Database) -> None:
    db.execute("ALTER TABLE posts ADD COLUMN press INTEGER NOT NULL DEFAULT 0")  # 1: a newspaper or portal, no customer


@migrations()
def m004_posts_by_author(db: Database) -> None:
    db.execute("CREATE INDEX posts_author ON posts (author)")  # an account that goes takes its posts along


@migrations()
def m005_what_is_kept_and_for_how_long(db: Database) -> None:
    for statement in _M005.split(";\n"):
        db.execute(statement)


@migrations()
def m006_labels_doubts_and_who_judged(db: Database) -> None:
    db.execute(
        "ALTER TABLE posts ADD COLUMN version INTEGER NOT NULL DEFAULT 0"
    )  # versions.id; 0: from before they were noted
    for statement in _M006.split(";\n"):
        db.execute(statement)


@migrations()
def m007_how_sources_are_and_which_posts_are_still_there(db: Database) -> None:
    db.execute(
        "ALTER TABLE sources ADD COLUMN trouble TEXT"
    )  # wait, login, closed, other. NULL: the last run went well
    db.execute("ALTER TABLE sources ADD COLUMN failures INTEGER NOT NULL DEFAULT 0")  # in a row
    db.execute("ALTER TABLE sources ADD COLUMN failing_since TEXT")  # NULL: the last run went well
    db.execute(_M007)


@migrations()
def m008_alerts_and_messages_on_their_way(db: Database) -> None:
    for statement in _M008.split(";\n"):
        db.execute(statement)


@migrations()
def m009_replies(db: Database) -> None:
    for statement in _M009.split(";\n"):
        db.execute(statement)


_M001 = """
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
) STRICT
"""

_M002 = """
CREATE TABLE costs (          -- what asking a source cost, as far as it was or may have been billed
    day      TEXT NOT NULL,           -- in UTC, as platforms bill
    source   TEXT NOT NULL,
    usd      INTEGER NOT NULL,        -- micro-dollars: 1,000,000 are one
    requests INTEGER NOT NULL,
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID
"""

_M005 = """
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

CREATE TABLE urls (           -- what is left of a post's URL when its text goes: a person may name it still
    key  TEXT NOT NULL,               -- HMAC of the URL
    post INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
    PRIMARY KEY (key, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX urls_post ON urls (post);

CREATE TABLE suppressed (     -- who asked to be forgotten, so that nothing of theirs is taken in again
    key   TEXT PRIMARY KEY,           -- HMAC of an author, a URL or a post
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (          -- who did what to personal data, and to how many posts: never a word of theirs
    id     INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,             -- the system's user, or daemon
    action TEXT NOT NULL,
    posts  INTEGER NOT NULL,
    detail TEXT                       -- made by the program. NULL: nothing to add
) STRICT
"""

_M006 = """
CREATE TABLE versions (       -- of rules and model that judged here
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE,
    since TEXT NOT NULL
) STRICT;

CREATE TABLE doubts (         -- verdicts that a person should look at
    post   INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    reason TEXT NOT NULL,
    gap    REAL NOT NULL              -- from the line, in logits
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
CREATE INDEX judgements_post ON judgements (post);

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
) STRICT;
CREATE UNIQUE INDEX labels_in_force ON labels (ref) WHERE replaced_at IS NULL;
CREATE INDEX labels_post ON labels (post)
"""

_M007 = """
CREATE TABLE rechecks (       -- looking whether posts are still there, and those that were deleted go here too
    post       INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    local      TEXT,                  -- what the server we asked calls it. NULL: as in posts.native
    checked_at TEXT                   -- NULL: not since it was seen
) STRICT
"""

_M008 = """
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
CREATE INDEX outbox_due ON outbox (state, not_before)
"""

_M009 = """
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
) STRICT
"""
