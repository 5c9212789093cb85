ALTER TABLE sources ADD COLUMN silence_told_at TEXT;  -- when people were told that it is silent. NULL: it is not, or nobody was
