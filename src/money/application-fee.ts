/**
 * The platform's fee on a direct charge (`application_fee_amount`). Integers only; products are BigInt, so nothing loses
 * precision. https://docs.stripe.com/connect/direct-charges#collect-fees
 */
import type { FeePolicy } from '../../machines/account/context.ts'
import { amountStep } from './currency.ts'

/**
 * The account's policy: `amount × bps / 10,000` rounded half up, plus `fixed`, at least `min`, at most `max`, and below the
 * amount, as Stripe requires. In a currency whose last digits must be 0, the share is rounded to the nearest step and the
 * result down to one. Null: no fee, because Stripe refuses a fee of 0.
 */
export function feeFromPolicy(
  { amount, currency }: { amount: number; currency: string },
  { bps, fixed = 0, min = 0, max = Number.MAX_SAFE_INTEGER }: FeePolicy,
): number | null {
  const step = amountStep(currency)
  const share = roundHalfUp(BigInt(amount) * BigInt(bps), { divisor: 10_000n, step })
  return positiveSteps(Math.min(Math.max(share + fixed, min), max, amount - 1), step)
}

/**
 * The fee of a partial capture: the captured share of the whole fee, rounded half up, at least one step and below the
 * captured amount. Stripe would otherwise take the whole fee from the part. Null: no fee.
 */
export function feeForPartialCapture(
  fee: number,
  { amount, captured, currency }: { amount: number; captured: number; currency: string },
): number | null {
  if (fee === 0) return null
  const step = amountStep(currency)
  const share = roundHalfUp(BigInt(fee) * BigInt(captured), { divisor: BigInt(amount), step })
  return positiveSteps(Math.min(Math.max(share, step), captured - 1), step)
}

/** Rounded down to a multiple of `step`; null: nothing is left. */
function positiveSteps(fee: number, step: number): number | null {
  const rounded = fee - (fee % step)
  return rounded > 0 ? rounded : null
}

/** The quotient, rounded to the nearest multiple of `step`. */
function roundHalfUp(dividend: bigint, { divisor, step }: { divisor: bigint; step: number }): number {
  const unit = divisor * BigInt(step)
  return Number((dividend * 2n + unit) / (unit * 2n)) * step
}
