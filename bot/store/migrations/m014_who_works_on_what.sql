CREATE TABLE claims (         -- who has taken what, so that no two people do the same
    what  TEXT PRIMARY KEY,           -- "reply 12", "alert 3"
    who   TEXT NOT NULL,              -- users.name
    since TEXT NOT NULL,
    until TEXT NOT NULL               -- it falls back by itself; each look at it moves this on
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (          -- what those on a shift tell the next one. About the work, never about a person
    id   INTEGER PRIMARY KEY,
    at   TEXT NOT NULL,
    who  TEXT NOT NULL,               -- users.name
    kind TEXT NOT NULL,               -- note, handover: the latter ends a shift
    text TEXT NOT NULL
) STRICT;
CREATE INDEX notes_at ON notes (at);
