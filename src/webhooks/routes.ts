/** Stripe's two webhook endpoints. An event is verified, stored and applied before the response; its effects run after. */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { advance } from '../engine/advance.ts'
import { webhookUnit } from '../engine/inbox.ts'
import type { Env } from '../http/env.ts'
import { limitBody } from '../http/limits.ts'
import { Problem } from '../http/problem.ts'
import { EventEnvelope } from '../stripe/objects.ts'
import type { Kind } from './endpoints.ts'
import { isSigned } from './signature.ts'

const MAX_BODY = 512 * 1024

export const webhooks = new Hono<Env>()
  .use('/webhooks/*', limitBody(MAX_BODY))
  .post('/webhooks/stripe/connect', (c) => receive(c, 'connect'))
  .post('/webhooks/stripe/platform', (c) => receive(c, 'platform'))

async function receive(c: Context<Env>, endpoint: Kind): Promise<Response> {
  const { deps } = c.var
  // Stripe signs the exact bytes, so the body is verified before it is parsed.
  const body = await c.req.text()
  const secrets = deps.config.stripe.webhookSecrets[endpoint]
  const header = c.req.header('stripe-signature') ?? null
  if (!(await isSigned({ body, header, secrets, now: deps.now() }))) {
    throw new Problem(
      'invalid_signature',
      'The Stripe-Signature header matches no secret of this endpoint, or was not signed within the last five minutes.',
    )
  }
  const event = parseEvent(body)
  if (event.livemode !== deps.config.stripe.livemode) {
    throw new Problem(
      'wrong_mode',
      `This service accepts ${deps.config.stripe.livemode ? 'live' : 'test'} events only.`,
    )
  }
  const cause = { kind: 'webhook', id: event.id } as const
  await advance(deps, [webhookUnit(deps.lifecycles, event, { source: endpoint, cause })])
  return c.json({ received: true }, 200)
}

/** A signed body that is not an API v1 event has no event id, so the inbox cannot store it. */
function parseEvent(body: string): EventEnvelope {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw new Problem('invalid_json', 'The signed body is not JSON.')
  }
  const event = EventEnvelope.safeParse(json)
  if (event.success) return event.data
  throw new Problem('invalid_request', 'The signed body is not a Stripe event.', {
    members: { errors: event.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) },
  })
}
