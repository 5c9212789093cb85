CREATE TABLE users (          -- who may enter the desk
    name     TEXT PRIMARY KEY,        -- in lower case, chosen by the admin
    role     TEXT NOT NULL,           -- viewer, planner, manager, admin
    password TEXT NOT NULL,           -- its argon2id hash, with salt and costs
    made_at  TEXT NOT NULL,
    lang     TEXT,                    -- de, en. NULL: as the browser asks
    zone     TEXT                     -- of the times shown. NULL: the carrier's
) STRICT, WITHOUT ROWID;

CREATE TABLE visits (         -- who is signed in, browser by browser
    key     TEXT PRIMARY KEY,         -- SHA-256 of what the browser holds: a stolen copy of this table opens nothing
    user    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    since   TEXT NOT NULL,
    seen_at TEXT NOT NULL             -- to the minute
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_user ON visits (user);
