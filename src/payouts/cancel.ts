/**
 * Cancels a payout before the bank has it. Canceling keeps the money where it is, so of the payout gate only the connection
 * counts; beside that the payout's state decides, without asking Stripe. A canceled payout can no longer be canceled, so the
 * request is recorded before it is sent: a retry finds out that it was this request's doing.
 */
import type { Stripe } from 'stripe'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import { payout as payoutLifecycle, type LivePayout } from '../../machines/payout/payout.ts'
import { refuseFor, verifyAfterRefusal } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { loadedFrom } from '../engine/plan.ts'
import { Problem } from '../http/problem.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { livePayout, payoutAnswered } from './answered.ts'
import type { PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface CancelRequest {
  account: InstanceRow
  payout: InstanceRow
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem payout_state_conflict, gate_closed; what Stripe's refusal or silence throws */
export async function cancelPayout(deps: Deps, asked: CancelRequest): Promise<CommandResult<PayoutBody>> {
  const { account, payout: row } = asked
  const at = deps.now()
  const { answer, isRefused } = await cancel(deps, asked)
  const { livemode } = deps.config.stripe
  const event = payoutAnswered(answer, { account: account.id, row, at, externalId: null })
  return {
    events: [event],
    loaded: loadedFrom('payout', row.id, row, [account]),
    answer: ([result]) => {
      const live = livePayout(deps, result, event)
      if (isRefused) return stateConflict(live)
      return payoutBody(live, {
        createdAt: row.created_at,
        livemode,
        account: accountLifecycle.read(account),
      })
    },
  }
}

/** `isRefused`: the payout had moved on, unheard: Stripe's refusal is the state's. */
async function cancel(
  deps: Deps,
  asked: CancelRequest,
): Promise<{ answer: Answer<Stripe.Payout>; isRefused: boolean }> {
  const operation = cancellation(deps, asked)
  try {
    return { answer: await executeIdempotent(deps, asked.request, operation), isRefused: false }
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind === 'no_access') {
      const { account: row, requestId } = asked
      const live = await verifyAfterRefusal(deps, { failed, row, requestId })
      if (live) refuseFor('account_disconnected', 'payout', live)
    }
    if (failed?.failure.kind !== 'refused') throw error
    const answer = await fetchPayout(deps, asked)
    const { status, automatic } = answer.value
    if (status === 'pending' && !automatic) throw error
    return { answer, isRefused: true }
  }
}

function cancellation(deps: Deps, asked: CancelRequest): StripeOperation<Stripe.Payout> {
  return {
    recordFirst: true,
    allow() {
      refuseFor('account_disconnected', 'payout', accountLifecycle.read(asked.account))
      const live = payoutLifecycle.read(asked.payout)
      if (!payoutLifecycle.takes(live, { type: 'cancel.requested' })) throw stateConflict(live)
    },
    send: (sending) => deps.stripe.cancelPayout(...idsOf(asked), sending),
    async search() {
      const answer = await fetchPayout(deps, asked)
      return answer.value.status === 'canceled' ? answer : null
    },
    reread: () => fetchPayout(deps, asked),
  }
}

function fetchPayout(deps: Deps, asked: CancelRequest): Promise<Answer<Stripe.Payout>> {
  return deps.stripe.retrievePayout(...idsOf(asked))
}

function idsOf({ account, payout }: CancelRequest): [AccountId, PayoutId] {
  return [AccountId.parse(account.id), PayoutId.parse(payout.id)]
}

function stateConflict({ context, value }: LivePayout): Problem {
  const automatic = context.facts.payout?.value.automatic ?? false
  const why =
    automatic && value['payout'] === 'pending'
      ? 'was made by the account’s schedule, which only the schedule can call back'
      : `is ${value['payout']}; only a pending one can be canceled`
  return new Problem('payout_state_conflict', `The payout ${why}.`, {
    members: { payout: context.id, state: value['payout'], automatic },
  })
}
