/** Who may run an effect, and for how long nobody else will. Times in ms. */

/** Two Stripe tries of ten seconds and a commit. What takes longer is tried again, and the late answer changes nothing. */
export const EFFECT_MS = 25_000
/** How long, from when it is due, cron leaves an effect to the request that owes it. */
export const OWN_MS = 30_000
/** How long cron keeps what it has claimed: two rounds of effects, each as long as one may take. */
export const LEASE_MS = 60_000
