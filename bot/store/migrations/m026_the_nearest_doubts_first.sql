CREATE INDEX doubts_near ON doubts (gap, post);
