/** Derives each region's state from the facts alone, whatever order they came in. */
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

/** `unrecognized`: a status that this build does not know. It takes no command. */
export const PAYMENT_STATES = [...PAYMENT_STATUSES, 'unrecognized'] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

export function derivePaymentState({ payment }: PaymentFacts): PaymentState {
  return PAYMENT_STATUSES.find((status) => status === payment?.value.status) ?? 'unrecognized'
}

/** A refund with one of these statuses returned nothing. Any other counts, also a pending one. */
const VOID_REFUNDS = new Set(['failed', 'canceled'])

/** The amount refunded or pending, in minor units. */
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
  // While the amount paid is unknown, a refund counts as partial.
  return refunded >= (facts.payment?.value.amount_received ?? Infinity) ? 'full' : 'partial'
}

/** A closed inquiry and a prevented dispute took nothing from the account. */
const WON = new Set(['won', 'warning_closed', 'prevented'])

export const DISPUTE_STATES = ['none', 'open', 'won', 'lost'] as const
export type DisputeState = (typeof DISPUTE_STATES)[number]

export function deriveDisputeState({ disputes }: PaymentFacts): DisputeState {
  const statuses = membersOf(disputes).map(([, { status }]) => status)
  if (statuses.length === 0) return 'none'
  // An unknown status counts as open.
  if (statuses.some((status) => status !== 'lost' && !WON.has(status))) return 'open'
  return statuses.includes('lost') ? 'lost' : 'won'
}

/**
 * Whether a dispute has withdrawn the money. A refund would then return it twice, and Stripe refuses it. An inquiry has
 * withdrawn nothing, and a refund ends it. https://docs.stripe.com/disputes/how-disputes-work
 */
export function isChargedBack({ disputes }: PaymentFacts): boolean {
  return membersOf(disputes).some(([, { status }]) => !status.startsWith('warning_') && !WON.has(status))
}

export const FEE_STATES = ['none', 'pending', 'collected', 'refunded'] as const
export type FeeState = (typeof FEE_STATES)[number]

/** Stripe creates the fee some time after the charge: https://docs.stripe.com/connect/direct-charges#collect-fees */
export function deriveFeeState(facts: PaymentFacts): FeeState {
  const fees = membersOf(facts.fees).map(([, fee]) => fee)
  if (fees.length > 0)
    return fees.every((fee) => fee.amount_refunded >= fee.amount) ? 'refunded' : 'collected'
  return feeExpected(facts) && facts.payment?.value.status !== 'canceled' ? 'pending' : 'none'
}

/** Requested with the payment, or set anew at capture. */
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
