-- Answers by client and Idempotency-Key: a retry reads the first answer instead of acting again.
CREATE TABLE requests (
  client       TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  -- SHA-256 of method, path and body: the same key with another body is refused.
  fingerprint  TEXT    NOT NULL,
  -- NULL while the outcome is unknown.
  status       INTEGER,
  body         TEXT    CHECK (body IS NULL OR json_valid(body)),
  -- Which try at Stripe the key stands for; a new one only after a proven absence.
  attempt      INTEGER NOT NULL DEFAULT 1 CHECK (attempt > 0),
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_created_at ON requests (created_at);
