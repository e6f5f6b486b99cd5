/** The platform's fee on a payment. Integers only: BigInt, so that no product on the way is ever rounded. */
import type { FeePolicy } from '../../machines/account/context.ts'

/**
 * `amount × bps / 10,000` rounded half up, plus `fixed`, not below `min` nor above `max`, and always below the amount, as
 * Stripe wants it. Null: no fee, which Stripe wants left out, not sent as 0.
 * https://docs.stripe.com/connect/direct-charges#collect-fees
 */
export function feeByPolicy(amount: number, { bps, fixed = 0, min = 0, max }: FeePolicy): number | null {
  const share = roundHalfUp(BigInt(amount) * BigInt(bps), 10_000n)
  const fee = Math.min(Math.max(share + fixed, min), max ?? Number.MAX_SAFE_INTEGER, amount - 1)
  return fee > 0 ? fee : null
}

/**
 * The fee of a payment of which a part is captured: the same share of it, rounded half up, at least 1 and below what is
 * captured. Left as it was, the fee of the whole would be taken from the part. Null: no fee.
 */
export function feeOfPart(
  fee: number,
  { amount, captured }: { amount: number; captured: number },
): number | null {
  if (fee === 0) return null
  const share = roundHalfUp(BigInt(fee) * BigInt(captured), BigInt(amount))
  const part = Math.min(Math.max(share, 1), captured - 1)
  return part > 0 ? part : null
}

function roundHalfUp(dividend: bigint, divisor: bigint): number {
  return Number((dividend * 2n + divisor) / (divisor * 2n))
}
