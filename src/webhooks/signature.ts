/** Verifies that Stripe signed a webhook's raw body with one of the endpoint's secrets, within five minutes of now. */
import { Stripe } from 'stripe'

/** Seconds that a signature may be old or ahead: clocks differ, and an older one may be a replay attack. */
const TOLERANCE_S = 300
const crypto = Stripe.createSubtleCryptoProvider()

/** False for every invalid signature, whatever the reason, so that a forger learns nothing. */
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
      // During a rotation another secret may match.
    }
  }
  return false
}

/** stripe-node checks the age only. A signature dated in the future could be replayed until that time has passed. */
function isTimely(header: string, now: number): boolean {
  const times = header.split(',').filter((part) => part.startsWith('t='))
  const [time = ''] = times
  if (times.length !== 1 || !/^t=\d{1,12}$/.test(time)) return false
  return Number(time.slice(2)) <= now / 1000 + TOLERANCE_S
}
