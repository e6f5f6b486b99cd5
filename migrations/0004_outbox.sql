-- Effects owed, committed with the transition that owes them. A name is for ever: machine:id:seq:index.
CREATE TABLE outbox (
  name          TEXT    NOT NULL PRIMARY KEY,
  machine       TEXT    NOT NULL,
  id            TEXT    NOT NULL,
  account       TEXT    NOT NULL,
  effect        TEXT    NOT NULL CHECK (json_valid(effect)),
  created_at    INTEGER NOT NULL,
  attempts      INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER NOT NULL,
  -- Whoever runs it has it until then; a dead runner's lease runs out.
  leased_until  INTEGER NOT NULL DEFAULT 0,
  last_error    TEXT,
  done_at       INTEGER,
  parked_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_due ON outbox (next_at) WHERE done_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_instance ON outbox (machine, id) WHERE done_at IS NULL;
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL AND done_at IS NULL;
CREATE INDEX outbox_created_at ON outbox (created_at, name);
