-- The name of the request that made a payment or payout is kept with its account: what carries it at Stripe can be written
-- by the account's holder, and must not take a name from another account.
UPDATE instances
SET external_id = account || ':' || external_id,
    context = json_set(context, '$.external_id', account || ':' || external_id)
WHERE machine IN ('payment', 'payout') AND external_id IS NOT NULL;
