ALTER TABLE posts ADD COLUMN press INTEGER NOT NULL DEFAULT 0;  -- 1: a newspaper or portal, no customer
