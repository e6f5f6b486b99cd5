import { finishVerification, futureRequirementsDeadline, requirementsDeadline } from './accounts/timers.ts'
import { finishCheckoutDebit } from './checkout/pay.ts'
import { expireCheckout } from './checkout/sessions.ts'
import type { Task, TaskKind } from './core/task.ts'
import { NO_REQUEST, type World, duringRequest } from './core/world.ts'
import { expireAuthorization } from './payments/capture.ts'
import { applyCardRisk } from './payments/fraud-warnings.ts'
import { settleTransaction } from './payments/ledger.ts'
import { finishRefund, payWaitingRefunds } from './payments/pay-refund.ts'
import { settleCharge } from './payments/settle-charge.ts'
import { runAutomaticPayout, scheduleNextPayout } from './payouts/automatic.ts'
import { runDebit, scheduleDebit } from './payouts/debit.ts'
import { advancePayout } from './payouts/lifecycle.ts'

type Handler = (world: World, id: string) => void

const HANDLERS: Readonly<Record<TaskKind, Handler>> = {
  'account.requirements_deadline': requirementsDeadline,
  'account.future_requirements_deadline': futureRequirementsDeadline,
  'account.verification': finishVerification,
  'balance_transaction.settle': settleTransaction,
  'charge.async_capture': (world, id) => void settleCharge(world, id, true),
  'charge.async_outcome': finishCheckoutDebit,
  'charge.risk': applyCardRisk,
  'checkout_session.expiry': expireCheckout,
  'funds.changed': (world, id) => {
    payWaitingRefunds(world, id)
    scheduleNextPayout(world, id)
    scheduleDebit(world, id)
  },
  'payment_intent.expiry': expireAuthorization,
  'payout.automatic': runAutomaticPayout,
  'payout.debit': runDebit,
  'payout.step': advancePayout,
  'refund.outcome': finishRefund,
}

/** Runs all tasks that are due, in the order of their due times. */
export function runTasks(world: World): void {
  for (;;) {
    const task = world.taskQueue.takeDue(world.clock.nowMs())
    if (task === undefined) return
    run(world, task)
  }
}

function run(world: World, task: Task): void {
  duringRequest(world, NO_REQUEST, () => HANDLERS[task.kind](world, task.id))
}
