/** The platform's fee on a payment. Integers only: BigInt, so that no product on the way is ever rounded. */
import type { FeePolicy } from '../../machines/account/context.ts'
import { stepOf } from './currency.ts'

/**
 * `amount × bps / 10,000` rounded half up, plus `fixed`, not below `min` nor above `max`, and always below the amount, as
 * Stripe wants it. Of a currency whose last digits must be 0, the share is rounded to them, and what the bounds leave is
 * rounded down. Null: no fee, which Stripe wants left out, not sent as 0.
 * https://docs.stripe.com/connect/direct-charges#collect-fees
 */
export function feeByPolicy(
  { amount, currency }: { amount: number; currency: string },
  { bps, fixed = 0, min = 0, max = Number.MAX_SAFE_INTEGER }: FeePolicy,
): number | null {
  const step = stepOf(currency)
  const share = roundHalfUp(BigInt(amount) * BigInt(bps), { divisor: 10_000n, step })
  return whole(Math.min(Math.max(share + fixed, min), max, amount - 1), step)
}

/**
 * The fee of a payment of which a part is captured: the same share of it, rounded half up, at least the least there is and
 * below what is captured. Left as it was, the fee of the whole would be taken from the part. Null: no fee.
 */
export function feeOfPart(
  fee: number,
  { amount, captured, currency }: { amount: number; captured: number; currency: string },
): number | null {
  if (fee === 0) return null
  const step = stepOf(currency)
  const share = roundHalfUp(BigInt(fee) * BigInt(captured), { divisor: BigInt(amount), step })
  return whole(Math.min(Math.max(share, step), captured - 1), step)
}

/** Rounded down to what the currency takes; null: nothing is left. */
function whole(fee: number, step: number): number | null {
  const rounded = fee - (fee % step)
  return rounded > 0 ? rounded : null
}

/** The quotient, to the nearest multiple of `step`. */
function roundHalfUp(dividend: bigint, { divisor, step }: { divisor: bigint; step: number }): number {
  const unit = divisor * BigInt(step)
  return Number((dividend * 2n + unit) / (unit * 2n)) * step
}
