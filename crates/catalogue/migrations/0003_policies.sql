-- Policies that administrators wrote. The active one is a setting: a built-in policy's name, or an id of these.
CREATE TABLE policies (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    rules       INTEGER NOT NULL,
    document    TEXT NOT NULL,
    -- Counts up with each change, so that two people who change the same policy do not overwrite each other.
    revision    INTEGER NOT NULL,
    changed_us  INTEGER NOT NULL,
    changed_by  TEXT NOT NULL
) STRICT;

-- What was changed, as it was and as it is since then.
ALTER TABLE administrator_log ADD COLUMN before TEXT;
ALTER TABLE administrator_log ADD COLUMN after TEXT;
