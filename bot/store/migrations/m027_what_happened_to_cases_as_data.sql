-- What the program notes in a case's history is worded where it is read; `detail` is what a person wrote, and older notes.
ALTER TABLE case_events ADD COLUMN facts TEXT NOT NULL DEFAULT '[]'; -- JSON array of [kind, {figures}]
