-- The present state of every machine: one row per connected account, payment and payout.
CREATE TABLE instances (
  machine      TEXT    NOT NULL,
  id           TEXT    NOT NULL,
  -- The connected account it belongs to; for an account, itself.
  account      TEXT    NOT NULL,
  -- The client's name for it: an account's external_id; for a payment or payout, the request that made it.
  external_id  TEXT,
  -- How many transitions were committed; the next one must be seq + 1.
  seq          INTEGER NOT NULL CHECK (seq > 0),
  -- The machine version that wrote value and context.
  version      INTEGER NOT NULL CHECK (version > 0),
  -- Region → state, JSON.
  value        TEXT    NOT NULL CHECK (json_valid(value)),
  -- Facts and our own decisions, JSON.
  context      TEXT    NOT NULL CHECK (json_valid(context)),
  -- When the clock alone may change it; NULL: never. Times are Unix milliseconds.
  wake_at      INTEGER,
  -- When its facts will be old enough to be verified again; NULL: Stripe will not change it any more.
  check_at     INTEGER,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (machine, id)
) STRICT, WITHOUT ROWID;

-- No two carry one name: what makes creation safe to repeat, and lets what was made by a lost request be found.
CREATE UNIQUE INDEX instances_external_id ON instances (machine, external_id) WHERE external_id IS NOT NULL;

-- Lists, newest first, whole or of one account.
CREATE INDEX instances_created ON instances (machine, created_at, id);
CREATE INDEX instances_account ON instances (machine, account, created_at, id);

-- Account lists filtered by the state of one region.
CREATE INDEX instances_onboarding ON instances (value ->> 'onboarding', created_at, id) WHERE machine = 'account';
CREATE INDEX instances_charges ON instances (value ->> 'charges', created_at, id) WHERE machine = 'account';
CREATE INDEX instances_payouts ON instances (value ->> 'payouts', created_at, id) WHERE machine = 'account';

-- What cron looks for: waits that have ended, and facts that have grown old.
CREATE INDEX instances_wake_at ON instances (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX instances_check_at ON instances (check_at) WHERE check_at IS NOT NULL;
