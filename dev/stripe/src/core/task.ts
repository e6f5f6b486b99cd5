/**
 * Something that Stripe does by itself at a later time. A task only names an object: its handler reads the current state
 * and does nothing if the task no longer applies. So no task is ever canceled.
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
