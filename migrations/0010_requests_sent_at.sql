-- When the key was last sent to Stripe with nobody to tell what came of it, in Unix milliseconds; NULL: never. Written
-- before the key is sent again, which makes it the lock between two retries.
ALTER TABLE requests ADD COLUMN sent_at INTEGER;
