-- Stripe's lists of events, one per connected account and the platform's own ('' as the account), and how far each was
-- read back.
CREATE TABLE streams (
  account      TEXT     NOT NULL PRIMARY KEY,
  -- Up to when everything was read. Stripe's time, Unix seconds.
  position     INTEGER  NOT NULL,
  -- A reading that one run could not finish: up to when it reads, and the last event it came to; NULL: none.
  reading_to   INTEGER,
  read_after   TEXT,
  -- The newest event there was, in Unix seconds: who is busy is read more often.
  newest       INTEGER,
  -- When it is to be read again. Unix milliseconds.
  next_at      INTEGER  NOT NULL,
  -- Why the last reading failed.
  last_error   TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX streams_next_at ON streams (next_at);

INSERT INTO streams (account, position, next_at)
SELECT id, created_at / 1000 - 3600, created_at
FROM instances
WHERE machine = 'account';

-- Our clock says when an account came to be known; an hour is more than it ever differs from Stripe's. The first minutes
-- of an account are told by its webhooks if by anything.
CREATE TRIGGER instances_begin_stream AFTER INSERT ON instances WHEN NEW.machine = 'account'
BEGIN
  INSERT INTO streams (account, position, next_at)
  VALUES (NEW.id, NEW.created_at / 1000 - 3600, NEW.created_at + 600000)
  ON CONFLICT (account) DO NOTHING;
END;
