/** The platform's fee on a payment. Integers only. */
import type { FeePolicy } from '../../machines/account/context.ts'

/**
 * `amount × bps / 10,000` rounded half up, plus `fixed`, not below `min` nor above `max`, and never more than the amount.
 * BigInt, so that no intermediate product is ever rounded. Null: no fee, which Stripe wants left out, not sent as 0.
 */
export function feeByPolicy(amount: number, { bps, fixed = 0, min = 0, max }: FeePolicy): number | null {
  const share = Number((BigInt(amount) * BigInt(bps) + 5_000n) / 10_000n)
  const fee = Math.min(Math.max(share + fixed, min), max ?? Number.MAX_SAFE_INTEGER, amount)
  return fee > 0 ? fee : null
}
