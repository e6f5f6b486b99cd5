/** Stored payments as clients see them. */
import type { LivePayment } from '../../machines/payment/payment.ts'
import { amountRefunded } from '../../machines/payment/standing.ts'
import { present } from '../../machines/watermark.ts'
import { toTime } from '../http/time.ts'
import { PaymentBody } from './schemas.ts'

/** A payment that was heard of but not yet seen has no amount; it shows as 0 until Stripe was asked. */
export function paymentBody(
  { context, value }: LivePayment,
  at: { createdAt: number; livemode: boolean },
): PaymentBody {
  const { facts } = context
  const truth = facts.payment?.value
  const fees = present(facts.fees).map(([, fee]) => fee)
  const captured = present(facts.charges).find(([, charge]) => charge.captured)?.[1]
  return PaymentBody.parse({
    id: context.id,
    account: context.account,
    livemode: at.livemode,
    status: value['payment'],
    refund: value['refund'],
    dispute: value['dispute'],
    fee: value['fee'],
    amount: truth?.amount ?? 0,
    currency: truth?.currency ?? '',
    amount_capturable: truth?.amount_capturable ?? 0,
    amount_captured: truth?.amount_received ?? 0,
    amount_refunded: amountRefunded(facts),
    application_fee_amount:
      fees[0]?.amount ?? captured?.application_fee_amount ?? truth?.application_fee_amount ?? null,
    application_fee_refunded: fees.reduce((sum, fee) => sum + fee.amount_refunded, 0),
    capture_method: truth?.capture_method ?? null,
    cancellation_reason: truth?.cancellation_reason ?? null,
    last_error: truth?.last_error ?? null,
    refunds: present(facts.refunds).map(([id, refund]) => ({ id, ...refund })),
    disputes: present(facts.disputes).map(([id, dispute]) => ({
      id,
      ...dispute,
      due_by: dispute.due_by === null ? null : toTime(dispute.due_by * 1000),
    })),
    early_fraud_warnings: present(facts.early_fraud_warnings).map(([id, warning]) => ({ id, ...warning })),
    checkout_session: facts.checkout_session?.value.id ?? null,
    created_at: toTime(at.createdAt),
  })
}
