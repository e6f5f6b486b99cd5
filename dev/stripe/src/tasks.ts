import { futureRequirementsDeadline, requirementsDeadline, verificationEnds } from './accounts/timers.ts'
import { debitEnds } from './checkout/pay.ts'
import { checkoutExpiry } from './checkout/sessions.ts'
import type { Task, TaskKind } from './core/task.ts'
import { causedBy, NO_CAUSE, type World } from './core/world.ts'
import { expireAuthorization } from './payments/capture.ts'
import { riskFollows } from './payments/fraud-warnings.ts'
import { settleTransaction } from './payments/ledger.ts'
import { payWaitingRefunds, refundOutcome } from './payments/pay-refund.ts'
import { settleCharge } from './payments/settle-charge.ts'
import { bookRun, runAutomatic } from './payouts/automatic.ts'
import { bookDebit, runDebit } from './payouts/debit.ts'
import { payoutStep } from './payouts/lifecycle.ts'

type Handler = (world: World, id: string) => void

const HANDLERS: Readonly<Record<TaskKind, Handler>> = {
  'account.requirements_deadline': requirementsDeadline,
  'account.future_requirements_deadline': futureRequirementsDeadline,
  'account.verification': verificationEnds,
  'balance_transaction.settle': settleTransaction,
  'charge.async_capture': (world, id) => void settleCharge(world, id, true),
  'charge.async_outcome': debitEnds,
  'charge.risk': riskFollows,
  'checkout_session.expiry': checkoutExpiry,
  'funds.changed': (world, id) => {
    payWaitingRefunds(world, id)
    bookRun(world, id)
    bookDebit(world, id)
  },
  'payment_intent.expiry': expireAuthorization,
  'payout.automatic': runAutomatic,
  'payout.debit': runDebit,
  'payout.step': payoutStep,
  'refund.outcome': refundOutcome,
}

/** Everything Stripe does by itself up to this moment, in the order it falls due. */
export function runTasks(world: World): void {
  for (;;) {
    const task = world.agenda.takeDue(world.clock.nowMs())
    if (task === undefined) return
    run(world, task)
  }
}

function run(world: World, task: Task): void {
  causedBy(world, NO_CAUSE, () => HANDLERS[task.kind](world, task.id))
}
