-- Mail and webhook calls that recordings' events ask for. Originals: that something was sent stands nowhere else, and rows outlive
-- their recording's row, so that an event that is read again sends nothing twice.
CREATE TABLE deliveries (
    -- Rises with each row.
    id         INTEGER PRIMARY KEY NOT NULL,
    -- What the receiver knows it by.
    delivery   TEXT NOT NULL,
    recording  TEXT NOT NULL,
    -- Where the event stands in the recording, and when it happened there.
    place      INTEGER NOT NULL,
    time_us    INTEGER NOT NULL,
    channel    TEXT NOT NULL,
    -- An address of mail; empty for the webhook.
    recipient  TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    at_us      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    detail     TEXT NOT NULL,
    trigger_   TEXT NOT NULL,
    rule       TEXT NOT NULL,
    policy     TEXT NOT NULL,
    count      INTEGER NOT NULL,
    queued_us  INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    -- What the receiver, or the server itself, said last.
    words      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    -- While it waits: not before.
    next_us    INTEGER NOT NULL,
    done_us    INTEGER,
    UNIQUE (recording, place, time_us, channel, recipient)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (channel, next_us, id) WHERE outcome = 'waiting';
CREATE INDEX deliveries_waiting ON deliveries (machine_id) WHERE outcome = 'waiting';
CREATE INDEX deliveries_by_outcome ON deliveries (outcome, id);
CREATE INDEX deliveries_done ON deliveries (done_us) WHERE done_us IS NOT NULL;

-- What found no room in the queue, by day since 1970.
CREATE TABLE deliveries_left_out (
    day   INTEGER PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL
) STRICT;

-- So many of what the recording's events ask for were looked at.
ALTER TABLE recordings ADD COLUMN asked_taken INTEGER NOT NULL DEFAULT 0;
