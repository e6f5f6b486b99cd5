-- The history, append-only. Its key decides every race: two writers of one seq cannot both commit.
CREATE TABLE transitions (
  machine     TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  seq         INTEGER NOT NULL CHECK (seq > 0),
  at          INTEGER NOT NULL,
  -- The machine event's type.
  event       TEXT    NOT NULL,
  -- Who or what brought it: webhook + event id, command + request id, effect + name, …
  cause_kind  TEXT    NOT NULL,
  cause_id    TEXT    NOT NULL,
  from_value  TEXT    CHECK (from_value IS NULL OR json_valid(from_value)),
  to_value    TEXT    NOT NULL CHECK (json_valid(to_value)),
  -- Dotted path → [before, after].
  changed     TEXT    NOT NULL CHECK (json_valid(changed)),
  PRIMARY KEY (machine, id, seq)
) STRICT, WITHOUT ROWID;
