-- Every night asks which of them are too old: a sixth of half a year, where texts are kept for 30 days. Only questions that
-- say so with these words take it: others would read all of it where a few rows of another table lead them.
CREATE INDEX posts_raw ON posts (source, seen_at) WHERE coalesce(text, native, url) IS NOT NULL;
