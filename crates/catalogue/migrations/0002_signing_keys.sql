-- The key that vouches for a machine's recordings: 64 lower-case hexadecimal digits, absent until the machine told it.
ALTER TABLE machines ADD COLUMN signing_key TEXT;
