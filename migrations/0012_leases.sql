-- Who does what only one should do at a time. A holder that died is outlived by its time; nothing is wrong if two do it.
CREATE TABLE leases (
  name        TEXT     NOT NULL PRIMARY KEY,
  holder      TEXT     NOT NULL,
  held_until  INTEGER  NOT NULL
) STRICT, WITHOUT ROWID;
