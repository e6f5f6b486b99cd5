/** Stripe's events of accounts, signed as Stripe signs them. */
import { Stripe } from 'stripe'
import { SECRETS } from '../test/support/gatehouse.ts'
import type { Call } from './load.ts'

let made = 0

/**
 * What Stripe sends of an account as it is. Each is newer than all before it: Stripe would be asked for what came in one
 * second, which is not what is measured.
 */
export function accountUpdated(object: { id: string }): { id: string; delivery: Omit<Call, 'url'> } {
  made += 1
  const now = Math.floor(Date.now() / 1000)
  const id = `evt_bench${now}x${made}`
  const payload = JSON.stringify({
    id,
    object: 'event',
    type: 'account.updated',
    account: object.id,
    api_version: Stripe.API_VERSION,
    created: now + made,
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
