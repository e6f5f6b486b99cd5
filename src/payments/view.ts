/** A payment as clients see it. */
import { payment as paymentLifecycle, type LivePayment } from '../../machines/payment/payment.ts'
import type { RefundTruth } from '../../machines/payment/facts.ts'
import { amountRefundable, amountRefunded, disputeDeadline } from '../../machines/payment/derive.ts'
import { membersOf } from '../../machines/watermark.ts'
import { toTime } from '../http/time.ts'
import { COMMANDS, PaymentBody, RefundBody, type CommandName } from './schemas.ts'

/** The commands that the payment's state allows. */
export function commandsOf(live: LivePayment): CommandName[] {
  return COMMANDS.filter((command) => paymentLifecycle.takes(live, { type: `${command}.requested` }))
}

/** The amount is 0 until the PaymentIntent was observed: an event about its charge may begin the payment. */
export function paymentBody(live: LivePayment, at: { createdAt: number; livemode: boolean }): PaymentBody {
  const { context, value } = live
  const { facts, verified_at } = context
  const dueBy = disputeDeadline(facts)
  const intent = facts.payment?.value
  const fees = membersOf(facts.fees).map(([, fee]) => fee)
  const captured = membersOf(facts.charges).find(([, charge]) => charge.captured)?.[1]
  return PaymentBody.parse({
    id: context.id,
    account: context.account,
    livemode: at.livemode,
    status: value['payment'],
    refund: value['refund'],
    dispute: value['dispute'],
    fee: value['fee'],
    amount: intent?.amount ?? 0,
    currency: intent?.currency ?? '',
    amount_capturable: intent?.amount_capturable ?? 0,
    amount_captured: intent?.amount_received ?? 0,
    amount_refunded: amountRefunded(facts),
    amount_refundable: amountRefundable(facts),
    application_fee_amount:
      fees[0]?.amount ?? captured?.application_fee_amount ?? intent?.application_fee_amount ?? null,
    application_fee_refunded: fees.reduce((sum, fee) => sum + fee.amount_refunded, 0),
    capture_method: intent?.capture_method ?? null,
    cancellation_reason: intent?.cancellation_reason ?? null,
    last_error: intent?.last_error ?? null,
    refunds: membersOf(facts.refunds).flatMap(([id, refund]) => (refund.released ? [] : [{ id, ...refund }])),
    disputes: membersOf(facts.disputes).map(([id, dispute]) => ({
      id,
      ...dispute,
      due_by: dispute.due_by === null ? null : toTime(dispute.due_by * 1000),
    })),
    dispute_due_by: dueBy === null ? null : toTime(dueBy * 1000),
    early_fraud_warnings: membersOf(facts.early_fraud_warnings).map(([id, warning]) => ({ id, ...warning })),
    checkout_session: facts.checkout_session?.value.id ?? null,
    commands: commandsOf(live),
    verified_at: verified_at === null ? null : toTime(verified_at),
    created_at: toTime(at.createdAt),
  })
}

export function refundBody(
  id: string,
  refund: RefundTruth,
  of: { account: string; payment: string; currency: string; created: number },
): RefundBody {
  const { created, ...rest } = of
  return RefundBody.parse({ id, ...rest, ...refund, created_at: toTime(created * 1000) })
}
