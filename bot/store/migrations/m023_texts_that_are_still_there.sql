-- Every night asks which of them are too old: a sixth of half a year, where texts are kept for 30 days.
CREATE INDEX posts_raw ON posts (source, seen_at) WHERE (text IS NOT NULL OR native IS NOT NULL OR url IS NOT NULL);
