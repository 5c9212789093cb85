ALTER TABLE sources ADD COLUMN trouble TEXT;  -- wait, login, closed, other. NULL: the last run went well
ALTER TABLE sources ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;  -- in a row
ALTER TABLE sources ADD COLUMN failing_since TEXT;  -- NULL: the last run went well

CREATE TABLE rechecks (       -- looking whether posts are still there, and those that were deleted go here too
    post       INTEGER PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    local      TEXT,                  -- what the server we asked calls it. NULL: as in posts.native
    checked_at TEXT                   -- NULL: not since it was seen
) STRICT;
