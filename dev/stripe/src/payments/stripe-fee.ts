/** What Stripe takes of a domestic card charge, by settlement currency: basis points and a fixed part. */
const PRICES: Readonly<Record<string, { readonly bps: number; readonly fixed: number }>> = {
  usd: { bps: 290, fixed: 30 },
  eur: { bps: 150, fixed: 25 },
  gbp: { bps: 150, fixed: 20 },
  cad: { bps: 290, fixed: 30 },
  aud: { bps: 170, fixed: 30 },
  jpy: { bps: 360, fixed: 0 },
}
const ELSEWHERE = { bps: 290, fixed: 30 }

/** Integer arithmetic, half a minor unit rounded up. */
export function stripeFee(amount: number, currency: string): number {
  const { bps, fixed } = PRICES[currency] ?? ELSEWHERE
  return Math.floor((amount * bps + 5000) / 10_000) + fixed
}

/** What a card dispute costs, won or lost. */
export const DISPUTE_FEE = 1500
