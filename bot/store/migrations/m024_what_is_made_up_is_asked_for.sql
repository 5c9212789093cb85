-- The notice stood here in one language, whatever the reader's. A database is made up as a whole, and says so in `meta`.
ALTER TABLE bulletins DROP COLUMN made_up;
