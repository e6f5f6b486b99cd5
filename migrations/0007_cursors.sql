-- Where each of the reconciler's streams stopped.
CREATE TABLE cursors (
  name        TEXT    NOT NULL PRIMARY KEY,
  value       TEXT    NOT NULL CHECK (json_valid(value)),
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
