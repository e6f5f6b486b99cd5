-- When an API key stops working; NULL: only when it is revoked. Older builds do not know of it and still accept the key.
ALTER TABLE clients ADD COLUMN expires_at INTEGER;

-- When the key was last used, to within an hour; NULL: never since this migration.
ALTER TABLE clients ADD COLUMN last_used_at INTEGER;
