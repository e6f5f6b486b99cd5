/** Is this from Stripe? The raw body against the endpoint's secrets, and the time it was signed against ours. */
import { Stripe } from 'stripe'

/** Seconds a signature may be old, or ahead: clocks differ, and nothing older is worth believing. */
const TOLERANCE_S = 300
const crypto = Stripe.createSubtleCryptoProvider()

/** True when one of the secrets signed it, by `v1`, within five minutes of now. Every way of being wrong looks alike. */
export async function isSigned(request: {
  body: string
  header: string | null
  secrets: readonly string[]
  now: number
}): Promise<boolean> {
  const { body, header, secrets, now } = request
  const { signature } = Stripe.webhooks
  if (!signature) throw new Error('stripe-node has no signature helper')
  if (header === null || !isTimely(header, now)) return false
  for (const secret of secrets) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      if (await signature.verifyHeaderAsync(body, header, secret, TOLERANCE_S, crypto, now)) return true
    } catch {
      // Not this secret; during a rotation another may be the one.
    }
  }
  return false
}

/** stripe-node refuses what is too old; what is dated ahead could be replayed for as long as it is ahead. */
function isTimely(header: string, now: number): boolean {
  const times = header.split(',').filter((part) => part.startsWith('t='))
  const [time = ''] = times
  if (times.length !== 1 || !/^t=\d{1,12}$/.test(time)) return false
  return Number(time.slice(2)) <= now / 1000 + TOLERANCE_S
}
