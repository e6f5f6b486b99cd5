-- An account that somebody else made may have been there for long when it comes to be known, its events lost with all
-- others while no endpoint was reached. Its list is read from when there was first an account to hear of, or from as far
-- back as Stripe keeps events: thirty days.
DROP TRIGGER instances_begin_stream;

CREATE TRIGGER instances_begin_stream AFTER INSERT ON instances WHEN NEW.machine = 'account'
BEGIN
  INSERT INTO streams (account, position, next_at)
  VALUES (
    NEW.id,
    max(
      NEW.created_at / 1000 - 2592000,
      (SELECT min(created_at) FROM instances WHERE machine = 'account') / 1000 - 3600
    ),
    NEW.created_at + 600000
  )
  ON CONFLICT (account) DO NOTHING;
END;
