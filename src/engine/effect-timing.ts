/** When an effect runs, who may run it, and when a failed one is tried again. Times in ms. */

/** Two sends to Stripe of ten seconds each and a commit. A later answer is retried, and changes nothing twice. */
export const EFFECT_TIMEOUT_MS = 25_000
/** From when an effect is due, cron leaves it this long to the request that owes it. */
export const REQUEST_LEASE_MS = 30_000
/** How long cron keeps what it has claimed: two rounds of effects, each as long as one may take. */
export const CRON_LEASE_MS = 60_000

/** Twelve tries over about a day: Stripe's longest known outages are hours; after a day an operator should look. */
export const MAX_ATTEMPTS = 12
const FIRST_MS = 2_000
const LONGEST_MS = 6 * 3_600_000

/** `attempts`: how many have failed. Exponential with jitter, so that effects that failed together do not return together. */
export function backoffMs(attempts: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 4 ** (attempts - 1))
  return Math.round(longest * (0.5 + random / 2))
}
