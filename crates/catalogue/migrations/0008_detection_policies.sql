-- Policies of several kinds: which sessions are recorded, and which events of a session are logged. A name belongs to one of each kind.
CREATE TABLE policies_of_kinds (
    id          TEXT PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    rules       INTEGER NOT NULL,
    document    TEXT NOT NULL,
    -- Counts up with each change, so that two people who change the same policy do not overwrite each other.
    revision    INTEGER NOT NULL,
    changed_us  INTEGER NOT NULL,
    changed_by  TEXT NOT NULL,
    UNIQUE (kind, name_folded)
) STRICT;
INSERT INTO policies_of_kinds
    SELECT id, 'recording', name, name_folded, description, rules, document, revision, changed_us, changed_by FROM policies;
DROP TABLE policies;
ALTER TABLE policies_of_kinds RENAME TO policies;
