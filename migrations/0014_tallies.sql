-- Counts that would otherwise be had by reading every row: how many instances are in each state of each region, how many
-- events came to what, and what the reconciler found.
CREATE TABLE tallies (
  -- machine.region, or what is counted.
  name   TEXT     NOT NULL,
  key    TEXT     NOT NULL,
  count  INTEGER  NOT NULL,
  PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;

INSERT INTO tallies (name, key, count)
SELECT instances.machine || '.' || region.key, region.value, count(*)
FROM instances, json_each(instances.value) AS region
GROUP BY instances.machine, region.key, region.value;

INSERT INTO tallies (name, key, count)
SELECT 'events', outcome, count(*)
FROM inbox
GROUP BY outcome;

CREATE TRIGGER instances_count_new AFTER INSERT ON instances
BEGIN
  INSERT INTO tallies (name, key, count)
  SELECT NEW.machine || '.' || region.key, region.value, 1
  FROM json_each(NEW.value) AS region
  WHERE true
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER instances_count_moved AFTER UPDATE OF value ON instances WHEN NEW.value <> OLD.value
BEGIN
  UPDATE tallies
  SET count = count - 1
  WHERE (name, key) IN (
    SELECT OLD.machine || '.' || region.key, region.value
    FROM json_each(OLD.value) AS region
  );
  INSERT INTO tallies (name, key, count)
  SELECT NEW.machine || '.' || region.key, region.value, 1
  FROM json_each(NEW.value) AS region
  WHERE true
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER inbox_count_new AFTER INSERT ON inbox
BEGIN
  INSERT INTO tallies (name, key, count)
  VALUES ('events', NEW.outcome, 1)
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER inbox_count_replayed AFTER UPDATE OF outcome ON inbox WHEN NEW.outcome <> OLD.outcome
BEGIN
  UPDATE tallies SET count = count - 1 WHERE name = 'events' AND key = OLD.outcome;
  INSERT INTO tallies (name, key, count)
  VALUES ('events', NEW.outcome, 1)
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1;
END;
