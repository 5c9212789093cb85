-- Words of the texts that are kept. The texts stay in posts; when one goes there, its words go here.
CREATE VIRTUAL TABLE post_words USING fts5 (
    text, content = 'posts', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", columnsize = 0
);
CREATE TRIGGER post_words_come AFTER INSERT ON posts WHEN new.text IS NOT NULL BEGIN
    INSERT INTO post_words (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER post_words_change AFTER UPDATE OF text ON posts WHEN old.text IS NOT new.text BEGIN
    INSERT INTO post_words (post_words, rowid, text) SELECT 'delete', old.id, old.text WHERE old.text IS NOT NULL;
    INSERT INTO post_words (rowid, text) SELECT new.id, new.text WHERE new.text IS NOT NULL;
END;
CREATE TRIGGER post_words_go AFTER DELETE ON posts WHEN old.text IS NOT NULL BEGIN
    INSERT INTO post_words (post_words, rowid, text) VALUES ('delete', old.id, old.text);
END;
INSERT INTO post_words (rowid, text) SELECT id, text FROM posts WHERE text IS NOT NULL;
