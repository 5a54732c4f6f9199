-- What happened in recordings, derived from storage as recordings are. An event's id is its recording's number * 8192 + its place among
-- the recording's events; numbers rise with the recordings' starts, so that the newest come first where ids fall.
ALTER TABLE recordings ADD COLUMN number INTEGER;
-- Events that were looked at, sealed ones included, and those that the recording has beyond what its index lists.
ALTER TABLE recordings ADD COLUMN events_taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN events_left_out INTEGER NOT NULL DEFAULT 0;
-- The recording has ended and all its events were looked at.
ALTER TABLE recordings ADD COLUMN events_whole INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX recordings_by_number ON recordings (number);
CREATE INDEX recordings_without_events ON recordings (id) WHERE events_whole = 0;

CREATE TABLE events (
    id      INTEGER PRIMARY KEY NOT NULL,
    time_us INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    -- The text as it is compared; NULL where that is the text itself.
    folded  TEXT
) STRICT;
CREATE TRIGGER recordings_leave AFTER DELETE ON recordings WHEN OLD.number IS NOT NULL BEGIN
    DELETE FROM events WHERE id >= OLD.number * 8192 AND id < (OLD.number + 1) * 8192;
END;

-- Which events may match: hashes of words, kinds, machines and users. What is found here is compared with the event itself.
CREATE VIRTUAL TABLE event_index USING fts5 (tokens, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
-- Bytes of new entries that are sorted in memory before they are written.
INSERT INTO event_index (event_index, rank) VALUES ('hashsize', 8388608);

-- Every word that occurs, and where in words a part of one may be: each word's endings, cut to twelve characters.
CREATE TABLE event_words (
    word TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE event_word_endings (
    ending TEXT NOT NULL,
    word   TEXT NOT NULL,
    PRIMARY KEY (ending, word)
) STRICT, WITHOUT ROWID;
