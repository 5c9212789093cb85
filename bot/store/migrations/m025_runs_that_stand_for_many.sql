ALTER TABLE runs ADD COLUMN last_at TEXT;  -- when the last of the runs this row stands for began. NULL: it is one
