-- A certificate that was issued and not used yet, beside the one that counts until then.
ALTER TABLE machines ADD COLUMN next_fingerprint TEXT;
ALTER TABLE machines ADD COLUMN next_not_after_us INTEGER;
CREATE UNIQUE INDEX machines_by_next_fingerprint ON machines (next_fingerprint);
-- What tells the machine's hardware from other hardware: a hash, absent until the machine told it.
ALTER TABLE machines ADD COLUMN hardware_id TEXT;
-- The latest turn that the machine has on disk; 0: none.
ALTER TABLE machines ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
-- The last copy of the machine's state that was refused.
ALTER TABLE machines ADD COLUMN copy_us INTEGER;
ALTER TABLE machines ADD COLUMN copy_address TEXT;
ALTER TABLE machines ADD COLUMN copy_text TEXT;

-- Certificates that others have taken the place of: whoever shows one is a copy from the past.
CREATE TABLE retired_certificates (
    fingerprint TEXT PRIMARY KEY NOT NULL,
    machine_id  TEXT NOT NULL,
    retired_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retired_certificates_by_machine ON retired_certificates (machine_id, retired_us);

-- A token for a machine that is known lets that one in again, and no new one.
ALTER TABLE enrolment_tokens ADD COLUMN for_machine TEXT;
