-- What was done in response to events, derived from storage as events are: what such an event says besides its text.
CREATE TABLE responses (
    -- The event's id.
    event   INTEGER PRIMARY KEY NOT NULL,
    at_us   INTEGER NOT NULL,
    -- NULL where only the text says it.
    action  TEXT,
    outcome TEXT,
    trigger TEXT,
    of_kind TEXT,
    detail  TEXT,
    rule    TEXT,
    policy  TEXT,
    -- All of it as it is compared.
    said    TEXT NOT NULL
) STRICT;
CREATE INDEX responses_by_time ON responses (at_us);
CREATE TRIGGER recordings_leave_responses AFTER DELETE ON recordings WHEN OLD.number IS NOT NULL BEGIN
    DELETE FROM responses WHERE event >= OLD.number * 8192 AND event < (OLD.number + 1) * 8192;
END;
-- Of those that were written before this table was there, the text alone is known.
INSERT INTO responses (event, at_us, said)
SELECT e.id, r.start_us + e.time_us, coalesce(e.folded, e.text)
FROM recordings AS r JOIN events AS e ON e.id >= r.number * 8192 AND e.id < (r.number + 1) * 8192 WHERE e.kind = 'response';
