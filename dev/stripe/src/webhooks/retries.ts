import type { World } from '../core/world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Live mode: three days, further and further apart (https://docs.stripe.com/webhooks#retries). */
const LIVE = [
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
  12 * HOUR,
]
/** A sandbox: three more attempts over a few hours. */
const SANDBOX = [5 * MINUTE, HOUR, 3 * HOUR]

/** How long after each failed attempt the next one comes. */
export function retryDelaysMs({ switches, timeScale }: World): readonly number[] {
  const delays = switches.delivery_retries === 'live' ? LIVE : SANDBOX
  return delays.map((delay) => delay * timeScale)
}
