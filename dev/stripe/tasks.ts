import { futureRequirementsDeadline, requirementsDeadline, verificationEnds } from './accounts/timers.ts'
import type { Task, TaskKind } from './core/task.ts'
import { causedBy, NO_CAUSE, type World } from './core/world.ts'
import { debitOutcome } from './payments/attempt.ts'
import { expireAuthorization } from './payments/capture.ts'
import { settleTransaction } from './payments/ledger.ts'
import { payWaitingRefunds, refundOutcome } from './payments/pay-refund.ts'
import { settleCharge } from './payments/settle-charge.ts'

type Handler = (world: World, id: string) => void

const HANDLERS: Readonly<Record<TaskKind, Handler>> = {
  'account.requirements_deadline': requirementsDeadline,
  'account.future_requirements_deadline': futureRequirementsDeadline,
  'account.verification': verificationEnds,
  'balance_transaction.settle': settleTransaction,
  'charge.async_capture': (world, id) => void settleCharge(world, id, true),
  'charge.async_outcome': debitOutcome,
  'charge.risk': () => {},
  'checkout_session.expiry': () => {},
  'funds.changed': (world, id) => {
    payWaitingRefunds(world, id)
  },
  'payment_intent.expiry': expireAuthorization,
  'payout.automatic': () => {},
  'payout.step': () => {},
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
