/** Signed `account.updated` webhooks. */
import { Stripe } from 'stripe'
import { SECRETS } from '../test/support/gatehouse.ts'
import type { Call } from './load.ts'

let count = 0

/**
 * An `account.updated` webhook for the account object. Each event is a second newer than the previous one: different events
 * of the same second would cause a fetch from Stripe, which would distort the measurement.
 */
export function accountUpdated(object: { id: string }): { id: string; delivery: Omit<Call, 'url'> } {
  count += 1
  const now = Math.floor(Date.now() / 1000)
  const id = `evt_bench${now}x${count}`
  const payload = JSON.stringify({
    id,
    object: 'event',
    type: 'account.updated',
    account: object.id,
    api_version: Stripe.API_VERSION,
    created: now + count,
    livemode: false,
    pending_webhooks: 1,
    request: null,
    data: { object },
  })
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: SECRETS.connect,
    timestamp: now,
  })
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature }
  return { id, delivery: { method: 'POST', headers, body: payload } }
}
