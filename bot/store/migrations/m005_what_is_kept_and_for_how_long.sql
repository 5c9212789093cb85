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
) STRICT;
