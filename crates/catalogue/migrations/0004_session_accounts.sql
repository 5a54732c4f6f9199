-- What was to become of sessions and what became of them, as their machines tell; kept for some months.
CREATE TABLE session_accounts (
    id           INTEGER PRIMARY KEY,
    machine_id   TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    session      TEXT NOT NULL,
    began_us     INTEGER NOT NULL,
    is_over      INTEGER NOT NULL,
    user_name    TEXT NOT NULL,
    display      TEXT,
    policy       TEXT NOT NULL,
    rule         TEXT,
    wanted       TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    recording_id TEXT,
    -- Whether the recording was ever in the catalogue: one that is removed later was made all the same.
    has_arrived  INTEGER NOT NULL,
    told_us      INTEGER NOT NULL,
    facts_json   TEXT NOT NULL,
    UNIQUE (machine_id, boot_id, session)
) STRICT;
-- Holds all that days are counted by.
CREATE INDEX session_accounts_by_time ON session_accounts (began_us, wanted, outcome, has_arrived, told_us);
CREATE INDEX session_accounts_by_machine ON session_accounts (machine_id, began_us);
CREATE INDEX session_accounts_by_recording ON session_accounts (recording_id) WHERE recording_id IS NOT NULL;
CREATE INDEX session_accounts_running ON session_accounts (began_us) WHERE is_over = 0;

CREATE TRIGGER recordings_arrive AFTER INSERT ON recordings BEGIN
    UPDATE session_accounts SET has_arrived = 1 WHERE recording_id = NEW.id;
END;
