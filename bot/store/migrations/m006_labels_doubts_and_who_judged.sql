ALTER TABLE posts ADD COLUMN version INTEGER NOT NULL DEFAULT 0;  -- versions.id; 0: from before they were noted

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
CREATE INDEX labels_post ON labels (post);
