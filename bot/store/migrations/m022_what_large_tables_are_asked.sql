-- Which hours a source showed, and how much of a day: 10⁷ posts must not be read for it.
CREATE INDEX posts_shown ON posts (source, at, relation);
-- The few that early warning looks at: trouble that names no carrier, and the press.
CREATE INDEX posts_trouble ON posts (at) WHERE band <> 'D';
CREATE INDEX posts_press ON posts (at) WHERE press = 1;
-- Rows of runs are never deleted.
CREATE INDEX runs_heard ON runs (source, started_at) WHERE job = 'collect' AND outcome <> 'failed';
