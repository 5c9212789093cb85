CREATE INDEX posts_author ON posts (author);  -- an account that goes takes its posts along
