-- API keys. The secret is stored as a SHA-256 hash only and shown once, when it is made.
CREATE TABLE clients (
  id           TEXT    NOT NULL PRIMARY KEY,
  name         TEXT    NOT NULL,
  secret_hash  TEXT    NOT NULL,
  scopes       TEXT    NOT NULL CHECK (json_valid(scopes)),
  livemode     INTEGER NOT NULL CHECK (livemode IN (0, 1)),
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
