/**
 * What Stripe will do by itself. A task is only a wake-up: whoever handles it reads the truth again, so a task that
 * no longer applies does nothing and none ever needs cancelling.
 */
export interface Task {
  readonly kind: TaskKind
  readonly id: string
}

export type TaskKind =
  | 'account.requirements_deadline'
  | 'account.future_requirements_deadline'
  | 'account.verification'
  | 'balance_transaction.settle'
  | 'charge.async_capture'
  | 'charge.async_outcome'
  | 'charge.risk'
  | 'checkout_session.expiry'
  | 'funds.changed'
  | 'payment_intent.expiry'
  | 'payout.automatic'
  | 'payout.debit'
  | 'payout.step'
  | 'refund.outcome'
