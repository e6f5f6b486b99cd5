/** Turns Stripe's payout into an observation of a payout. Pure. */
import type { PayoutFacts } from '../../machines/payout/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import type { PayoutObject } from '../stripe/payout-objects.ts'

/** `failedAt`: when the payout failed, in Unix seconds. Only an event shows that; the payout itself does not. */
export function observePayout(
  object: PayoutObject,
  failedAt: number | null = null,
): Observation<PayoutFacts> {
  const returned = object.failure_balance_transaction
  const at = typeof returned === 'object' ? (returned?.created ?? failedAt) : failedAt
  return {
    payout: {
      status: object.status ?? 'unknown',
      amount: object.amount,
      currency: object.currency,
      automatic: object.automatic,
      method: object.method ?? null,
      arrival_date: object.arrival_date ?? null,
      destination: object.destination ?? null,
      failure_code: object.failure_code ?? null,
      original_payout: object.original_payout ?? null,
      reversed_by: object.reversed_by ?? null,
      reconciliation_status: object.reconciliation_status ?? null,
      trace: object.trace_id ? { status: object.trace_id.status, id: object.trace_id.value ?? null } : null,
      created: object.created,
    },
    ...(object.status === 'failed' && at !== null && { failure: { at } }),
  }
}
