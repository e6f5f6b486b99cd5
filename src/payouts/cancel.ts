/**
 * Cancels a payout before it reaches the bank. The money stays on the balance, so of the payout gate's conditions only the
 * connection matters. The stored state decides without a call to Stripe. The attempt is recorded before it is sent: without
 * the record, a retry would be refused because the payout is already canceled.
 */
import type { Stripe } from 'stripe'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import { payout as payoutLifecycle, type LivePayout } from '../../machines/payout/payout.ts'
import { refuseFor, verifyAfterRefusal } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { Problem } from '../http/problem.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { observedResult } from '../idempotency/observed-result.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { observePayout } from './observe.ts'
import type { PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface CancelCommand {
  account: InstanceRow
  payout: InstanceRow
  request: IdempotentRequest
  requestId: string
}

/** @throws Problem payout_state_conflict, gate_closed; the error of a Stripe call that failed */
export async function cancelPayout(deps: Deps, command: CancelCommand): Promise<CommandResult<PayoutBody>> {
  const { account, payout: row } = command
  const askedAt = deps.now()
  const { answer, isRefused } = await cancel(deps, command)
  const { livemode } = deps.config.stripe
  return observedResult(
    deps,
    {
      lifecycle: payoutLifecycle,
      id: row.id,
      account: account.id,
      row,
      askedAt,
      as_of: answer.as_of,
      observation: observePayout(PayoutObject.parse(answer.value)),
      externalId: null,
      alsoLoaded: [account],
    },
    (live, createdAt) =>
      isRefused
        ? stateConflict(live)
        : payoutBody(live, { createdAt, livemode, account: accountLifecycle.read(account) }),
  )
}

/** `isRefused`: Stripe refused because of the payout's state, which had changed before its event arrived. */
async function cancel(
  deps: Deps,
  command: CancelCommand,
): Promise<{ answer: Answer<Stripe.Payout>; isRefused: boolean }> {
  const operation = cancelOperation(deps, command)
  try {
    return { answer: await executeIdempotent(deps, command.request, operation), isRefused: false }
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind === 'no_access') {
      const { account: row, requestId } = command
      const live = await verifyAfterRefusal(deps, { failed, row, requestId })
      if (live) refuseFor('account_disconnected', 'payout', live)
    }
    if (failed?.failure.kind !== 'refused') throw error
    const answer = await reread(deps, command)
    const { status, automatic } = answer.value
    if (status === 'pending' && !automatic) throw error
    return { answer, isRefused: true }
  }
}

function cancelOperation(deps: Deps, command: CancelCommand): StripeOperation<Stripe.Payout> {
  return {
    recordFirst: true,
    allow() {
      refuseFor('account_disconnected', 'payout', accountLifecycle.read(command.account))
      const live = payoutLifecycle.read(command.payout)
      if (!payoutLifecycle.takes(live, { type: 'cancel.requested' })) throw stateConflict(live)
    },
    send: (sending) => deps.stripe.cancelPayout(...idsOf(command), sending),
    async search() {
      const answer = await reread(deps, command)
      return answer.value.status === 'canceled' ? answer : null
    },
    reread: () => reread(deps, command),
  }
}

function reread(deps: Deps, command: CancelCommand): Promise<Answer<Stripe.Payout>> {
  return deps.stripe.retrievePayout(...idsOf(command))
}

function idsOf({ account, payout }: CancelCommand): [AccountId, PayoutId] {
  return [AccountId.parse(account.id), PayoutId.parse(payout.id)]
}

function stateConflict({ context, value }: LivePayout): Problem {
  const { id: payout, facts } = context
  const automatic = facts.payout?.value.automatic ?? false
  const state = value['payout']
  const why =
    automatic && state === 'pending'
      ? 'was created by the account’s payout schedule, and Stripe cancels only manual payouts'
      : `is ${state}; only a pending payout can be canceled`
  return new Problem('payout_state_conflict', `The payout ${why}.`, { members: { payout, state, automatic } })
}
