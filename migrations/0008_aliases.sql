-- Other ids of Stripe's that mean an instance: a fee's event names the charge, not the payment.
CREATE TABLE aliases (
  alias    TEXT  NOT NULL PRIMARY KEY,
  machine  TEXT  NOT NULL,
  id       TEXT  NOT NULL
) STRICT, WITHOUT ROWID;
