-- When a failed event is replayed by itself: a newer build, which can apply it, is on its way. NULL: an operator decides.
ALTER TABLE inbox ADD COLUMN retry_at INTEGER;

CREATE INDEX inbox_retry_at ON inbox (retry_at) WHERE retry_at IS NOT NULL;

-- Lists of what is rare, newest first, without reading past what is not.
CREATE INDEX inbox_stale ON inbox (received_at, id) WHERE outcome = 'stale';
CREATE INDEX outbox_pending_created_at ON outbox (created_at, name) WHERE done_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_parked_created_at ON outbox (created_at, name) WHERE done_at IS NULL AND parked_at IS NOT NULL;

-- What is kept for a time only, oldest first.
CREATE INDEX outbox_done_at ON outbox (done_at) WHERE done_at IS NOT NULL;
