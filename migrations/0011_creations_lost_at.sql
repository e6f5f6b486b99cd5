-- When the key was last sent to Stripe with nobody to tell what came of it, in Unix milliseconds; 0: never. Written before
-- the key is sent, which makes it the lock between two who find the same absence.
ALTER TABLE creations ADD COLUMN lost_at INTEGER NOT NULL DEFAULT 0;
