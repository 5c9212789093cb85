ALTER TABLE reports ADD COLUMN standing TEXT NOT NULL DEFAULT 'accepted';  -- accepted, waiting (for a person), rejected; only accepted ones count
ALTER TABLE reports ADD COLUMN reason TEXT;        -- why it waits or was rejected. NULL: neither
ALTER TABLE reports ADD COLUMN receipt TEXT;       -- HMAC of the number its filer was given. NULL: nobody was
ALTER TABLE reports ADD COLUMN lang TEXT;          -- of the form. NULL: not filed in our form
ALTER TABLE reports ADD COLUMN setting TEXT;       -- building, outdoors, car, train, everywhere. NULL, here and below: left open
ALTER TABLE reports ADD COLUMN since TEXT;         -- today, days, weeks, months
ALTER TABLE reports ADD COLUMN often TEXT;         -- always, often, sometimes, once
ALTER TABLE reports ADD COLUMN times TEXT;         -- JSON array of morning, day, evening, night
ALTER TABLE reports ADD COLUMN technology TEXT;    -- 5G, 4G, 2G
ALTER TABLE reports ADD COLUMN phone TEXT;         -- the model
ALTER TABLE reports ADD COLUMN words TEXT;         -- scrubbed, without links. NULL: none, or gone with other texts
ALTER TABLE reports ADD COLUMN decided_at TEXT;    -- by a person. NULL: nobody has
ALTER TABLE reports ADD COLUMN decided_by TEXT;
CREATE UNIQUE INDEX reports_receipt ON reports (receipt);
CREATE INDEX reports_waiting ON reports (filed_at) WHERE standing = 'waiting';
CREATE INDEX reports_city ON reports (city, filed_at);

CREATE TABLE contacts (       -- addresses for one follow-up to one report, nothing else; gone with it
    report       TEXT PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
    sealed       TEXT NOT NULL,       -- the address, encrypted; its key lies outside
    state        TEXT NOT NULL,       -- asked (mail due), asking (being sent), waiting (for the click), failed, confirmed
    asked_at     TEXT NOT NULL,
    confirmed_at TEXT                 -- NULL: not yet; such rows go after two days
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (          -- how often the form was opened and sent, each day; nobody is followed
    day   TEXT NOT NULL,              -- in the carrier's time zone
    step  TEXT NOT NULL,              -- opened, filed; the same with ' by link' where a reply's link led to it
    times INTEGER NOT NULL,
    PRIMARY KEY (day, step)
) STRICT, WITHOUT ROWID;
