/** The timing of effects: timeout, leases and backoff. Times in ms. */

/** Two sends to Stripe of ten seconds each, and a commit. After a timeout the effect is retried, which is safe. */
export const EFFECT_TIMEOUT_MS = 25_000
/** Once an effect is due, the request that owes it has this long to run it before cron does. */
export const REQUEST_LEASE_MS = 30_000
/** How long cron holds the effects it claimed: two rounds, each as long as the timeout allows. */
export const CRON_LEASE_MS = 60_000

/** Twelve tries over about a day: Stripe's longest known outages last hours. After a day an operator should look. */
export const MAX_ATTEMPTS = 12
const FIRST_MS = 2_000
const LONGEST_MS = 6 * 3_600_000

/** Exponential, with jitter so that effects that failed together are not retried together. `attempts`: failed so far. */
export function backoffMs(attempts: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 4 ** (attempts - 1))
  return Math.round(longest * (0.5 + random / 2))
}
