-- Whether a recording has no picture: unknown (NULL) before its first group is there, and for rows of earlier versions, until the
-- server has looked. A recording whose picture's size is known has one.
ALTER TABLE recordings ADD COLUMN events_only INTEGER;
UPDATE recordings SET events_only = 0 WHERE width IS NOT NULL;
CREATE INDEX recordings_events_only ON recordings (start_us, id) WHERE events_only = 1;
