import { createHmac } from 'node:crypto'
import type { EndpointSecret } from './endpoint-record.ts'

/**
 * `Stripe-Signature` for one attempt: a fresh timestamp, one `v1` for each secret in force, and the `v0` that test
 * mode adds and receivers must ignore (https://docs.stripe.com/webhooks#verify-manually).
 */
export function signatureHeader(body: string, secrets: readonly EndpointSecret[], seconds: number): string {
  const inForce = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > seconds)
  const schemes = inForce.map(({ value }) => `v1=${hmac(value, `${seconds}.${body}`)}`)
  return [`t=${seconds}`, ...schemes, `v0=${hmac('not-the-secret', `${seconds}.${body}`)}`].join(',')
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}
