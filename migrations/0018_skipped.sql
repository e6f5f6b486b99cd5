-- Moves along none of the edges that a region declares: an event was missed, or several were merged.

-- Names of the regions, as a JSON array; NULL: none. Older builds leave it NULL.
ALTER TABLE transitions ADD COLUMN skipped TEXT CHECK (skipped IS NULL OR json_valid(skipped));

-- How many such moves led to the state. Only a region's rows have any.
ALTER TABLE tallies ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;

-- A batch writes its history rows first, so they are there when the instance is saved. Each trigger writes the rows that it
-- wrote before: counting skipped edges costs no further row.
DROP TRIGGER instances_count_new;
CREATE TRIGGER instances_count_new AFTER INSERT ON instances
BEGIN
  INSERT INTO tallies (name, key, count, skipped)
  SELECT NEW.machine || '.' || region.key, region.value, 1, (
    SELECT count(*)
    FROM transitions, json_each(transitions.skipped) AS skipped
    WHERE transitions.machine = NEW.machine
      AND transitions.id = NEW.id
      AND transitions.seq <= NEW.seq
      AND skipped.value = region.key
  )
  FROM json_each(NEW.value) AS region
  WHERE true
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1, skipped = skipped + excluded.skipped;
END;

-- A batch may hold several moves of one instance, and end in the state it began in.
DROP TRIGGER instances_count_moved;
CREATE TRIGGER instances_count_moved AFTER UPDATE OF value ON instances
WHEN NEW.value <> OLD.value OR (
  NEW.seq > OLD.seq + 1 AND EXISTS (
    SELECT 1
    FROM transitions
    WHERE machine = NEW.machine AND id = NEW.id AND seq > OLD.seq AND seq <= NEW.seq AND skipped IS NOT NULL
  )
)
BEGIN
  UPDATE tallies
  SET count = count - 1
  WHERE (name, key) IN (
    SELECT OLD.machine || '.' || region.key, region.value
    FROM json_each(OLD.value) AS region
  );
  INSERT INTO tallies (name, key, count, skipped)
  SELECT NEW.machine || '.' || region.key, region.value, 1, (
    SELECT count(*)
    FROM transitions, json_each(transitions.skipped) AS skipped
    WHERE transitions.machine = NEW.machine
      AND transitions.id = NEW.id
      AND transitions.seq > OLD.seq
      AND transitions.seq <= NEW.seq
      AND skipped.value = region.key
  )
  FROM json_each(NEW.value) AS region
  WHERE true
  ON CONFLICT (name, key) DO UPDATE SET count = count + 1, skipped = skipped + excluded.skipped;
END;
