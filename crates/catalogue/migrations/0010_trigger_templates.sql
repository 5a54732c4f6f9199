-- Triggers that are kept to be put into rules of detection policies.
CREATE TABLE trigger_templates (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    document    TEXT NOT NULL,
    -- Who made it.
    author      TEXT NOT NULL,
    -- Counts up with each change, so that two people who change the same template do not overwrite each other.
    revision    INTEGER NOT NULL,
    changed_us  INTEGER NOT NULL,
    changed_by  TEXT NOT NULL
) STRICT;
