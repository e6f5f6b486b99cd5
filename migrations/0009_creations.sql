-- Accounts being made, by the name they will carry. Written before Stripe is asked: whatever happens after, what became
-- of it can be found out.
CREATE TABLE creations (
  external_id  TEXT    NOT NULL PRIMARY KEY,
  -- Which try at Stripe the name stands for; a new one only after a proven absence.
  attempt      INTEGER NOT NULL DEFAULT 1 CHECK (attempt > 0),
  -- When this attempt began: Stripe keeps its key for a day.
  sent_at      INTEGER NOT NULL,
  -- When the name was first asked for: nothing that carries it is older.
  since        INTEGER NOT NULL,
  -- When whoever asked was told of the account; NULL: nobody was.
  answered_at  INTEGER
) STRICT, WITHOUT ROWID;
