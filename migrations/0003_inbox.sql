-- Every verified Stripe event, once: its key is what makes a second delivery change nothing.
CREATE TABLE inbox (
  id           TEXT    NOT NULL PRIMARY KEY,
  type         TEXT    NOT NULL,
  -- The connected account it is about; NULL: the platform itself.
  account      TEXT,
  -- How it reached us: an endpoint, or read back by the reconciler.
  source       TEXT    NOT NULL CHECK (source IN ('connect', 'platform', 'reconciler')),
  -- Stripe's time, Unix seconds.
  created      INTEGER NOT NULL,
  received_at  INTEGER NOT NULL,
  -- The event, stripped to what the machines read; NULL once pruned.
  payload      TEXT    CHECK (payload IS NULL OR json_valid(payload)),
  outcome      TEXT    NOT NULL CHECK (outcome IN ('applied', 'unchanged', 'stale', 'ignored', 'failed')),
  detail       TEXT,
  replayed_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_received_at ON inbox (received_at, id);
CREATE INDEX inbox_account ON inbox (account, received_at, id);
CREATE INDEX inbox_type ON inbox (type, received_at, id);
CREATE INDEX inbox_source ON inbox (source, received_at);
CREATE INDEX inbox_failed ON inbox (received_at, id) WHERE outcome = 'failed';
CREATE INDEX inbox_unpruned ON inbox (received_at) WHERE payload IS NOT NULL;
