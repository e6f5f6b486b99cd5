/** From facts to the state of each region. The order in which the facts came is forgotten. */
import { membersOf } from '../watermark.ts'
import type { PaymentFacts } from './facts.ts'

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
export const PAYMENT_STATUSES = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
] as const

/** `unrecognized`: Stripe has a status this build does not know. Nothing is allowed in it. */
export const PAYMENT_STATES = [...PAYMENT_STATUSES, 'unrecognized'] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

export function derivePaymentState({ payment }: PaymentFacts): PaymentState {
  return PAYMENT_STATUSES.find((status) => status === payment?.value.status) ?? 'unrecognized'
}

/** A refund in one of these gave nothing back. Any other counts, also one that is only on its way. */
const VOID_REFUNDS = new Set(['failed', 'canceled'])

/** What was given back or is on its way, in minor units. */
export function amountRefunded({ refunds }: PaymentFacts): number {
  const counting = membersOf(refunds).filter(
    ([, { status, released }]) => !released && !VOID_REFUNDS.has(status),
  )
  return counting.reduce((sum, [, { amount }]) => sum + amount, 0)
}

export function amountRefundable(facts: PaymentFacts): number {
  return Math.max(0, (facts.payment?.value.amount_received ?? 0) - amountRefunded(facts))
}

export const REFUND_STATES = ['none', 'partial', 'full'] as const
export type RefundState = (typeof REFUND_STATES)[number]

export function deriveRefundState(facts: PaymentFacts): RefundState {
  const refunded = amountRefunded(facts)
  if (refunded === 0) return 'none'
  // Before it is known how much was paid, it is only known that some was given back.
  return refunded >= (facts.payment?.value.amount_received ?? Infinity) ? 'full' : 'partial'
}

/** An inquiry that was closed and a dispute that was prevented took nothing from the account. */
const WON = new Set(['won', 'warning_closed', 'prevented'])

export const DISPUTE_STATES = ['none', 'open', 'won', 'lost'] as const
export type DisputeState = (typeof DISPUTE_STATES)[number]

export function deriveDisputeState({ disputes }: PaymentFacts): DisputeState {
  const statuses = membersOf(disputes).map(([, { status }]) => status)
  if (statuses.length === 0) return 'none'
  // A status nobody here knows is not an end.
  if (statuses.some((status) => status !== 'lost' && !WON.has(status))) return 'open'
  return statuses.includes('lost') ? 'lost' : 'won'
}

/**
 * Whether a dispute has taken the money: a refund would give it back twice, and Stripe refuses it. An inquiry has taken
 * nothing yet, and a refund is how to end it. https://docs.stripe.com/disputes/how-disputes-work
 */
export function isChargedBack({ disputes }: PaymentFacts): boolean {
  return membersOf(disputes).some(([, { status }]) => !status.startsWith('warning_') && !WON.has(status))
}

export const FEE_STATES = ['none', 'pending', 'collected', 'refunded'] as const
export type FeeState = (typeof FEE_STATES)[number]

/** Stripe makes the fee some time after the charge: https://docs.stripe.com/connect/direct-charges#collect-fees */
export function deriveFeeState(facts: PaymentFacts): FeeState {
  const fees = membersOf(facts.fees).map(([, fee]) => fee)
  if (fees.length > 0)
    return fees.every((fee) => fee.amount_refunded >= fee.amount) ? 'refunded' : 'collected'
  return feeExpected(facts) && facts.payment?.value.status !== 'canceled' ? 'pending' : 'none'
}

/** Asked for with the payment, or restated when it was captured. */
function feeExpected(facts: PaymentFacts): boolean {
  const captured = membersOf(facts.charges).flatMap(([, charge]) => (charge.captured ? [charge] : []))
  const asked = captured.length > 0 ? captured : [facts.payment?.value]
  return asked.some((one) => (one?.application_fee_amount ?? 0) > 0)
}

/** When the next dispute must be answered, in Unix seconds. */
export function disputeDeadline({ disputes }: PaymentFacts): number | null {
  const open = membersOf(disputes).filter(([, { status }]) => status.endsWith('needs_response'))
  const deadlines = open.flatMap(([, { due_by }]) => due_by ?? [])
  return deadlines.length > 0 ? Math.min(...deadlines) : null
}
