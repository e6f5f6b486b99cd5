/** Webhooks with any content, signed as Stripe signs them. */
import { Stripe } from 'stripe'
import { SECRETS } from './gatehouse.ts'

let count = 0

/** An `account.updated` of an account in good standing; `object` overrides fields of the account. */
export function anAccountEvent(
  account: string,
  { object = {}, ...overrides }: { object?: Record<string, unknown> } & Record<string, unknown> = {},
): Record<string, unknown> {
  count += 1
  return {
    id: `evt_test${count}`,
    object: 'event',
    type: 'account.updated',
    account,
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    api_version: '2026-10-28.endive',
    pending_webhooks: 1,
    request: null,
    data: {
      object: {
        id: account,
        object: 'account',
        charges_enabled: true,
        payouts_enabled: true,
        details_submitted: true,
        email: 'private@example.com',
        capabilities: { card_payments: 'active', transfers: 'active' },
        requirements: {
          currently_due: [],
          eventually_due: [],
          past_due: [],
          pending_verification: [],
          disabled_reason: null,
        },
        controller: {
          type: 'application',
          is_controller: true,
          requirement_collection: 'stripe',
          stripe_dashboard: { type: 'full' },
          fees: { payer: 'account' },
          losses: { payments: 'stripe' },
        },
        ...object,
      },
    },
    ...overrides,
  }
}

/** The request that Stripe would send. `body` replaces the JSON of `event`. */
export async function signedWebhook(
  event: unknown,
  {
    endpoint = 'connect',
    body = JSON.stringify(event),
    secret = SECRETS[endpoint],
    timestamp = Math.floor(Date.now() / 1000),
    header,
    url = 'http://gatehouse.test',
  }: {
    endpoint?: 'connect' | 'platform'
    body?: string
    secret?: string
    timestamp?: number
    header?: string | null
    url?: string
  } = {},
): Promise<Request> {
  const signature =
    header === undefined
      ? await Stripe.webhooks.generateTestHeaderStringAsync({ payload: body, secret, timestamp })
      : header
  return new Request(`${url}/webhooks/stripe/${endpoint}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(signature !== null && { 'stripe-signature': signature }),
    },
    body,
  })
}
