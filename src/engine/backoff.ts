/** When a failed effect is tried again. */

/** Twelve tries over about a day: Stripe's longest known outages are hours, and after a day an operator should look. */
export const MAX_ATTEMPTS = 12
const FIRST_MS = 2_000
const LONGEST_MS = 6 * 3_600_000

/** `attempts`: how many have failed. Doubled and doubled again, and spread, so that what failed together returns apart. */
export function backoffMs(attempts: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 4 ** (attempts - 1))
  return Math.round(longest * (0.5 + random / 2))
}
