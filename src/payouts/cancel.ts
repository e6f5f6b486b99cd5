/**
 * Calls a payout back before the bank has it. It keeps money where it is, so of the payout gate only the connection counts;
 * beside that the state decides, and says no without asking Stripe. Once it is done the state allows it no more, so that
 * the request is on record before it is sent: a retry finds out that it was this one.
 */
import type { Stripe } from 'stripe'
import { payout, type LivePayout } from '../../machines/payout/payout.ts'
import { recheck, refuseFor } from '../accounts/gate.ts'
import { loadedFrom } from '../engine/plan.ts'
import { readAs } from '../engine/read-as.ts'
import type { Deps } from '../deps.ts'
import { executeIdempotent } from '../idempotency/execute.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { failedCall } from '../stripe/errors.ts'
import { livePayout, payoutAnswered } from './answered.ts'
import type { PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface CancelRequest {
  account: InstanceRow
  row: InstanceRow
  keyed: IdempotentRequest
  requestId: string
}

/** @throws Problem payout_state_conflict, gate_closed; what Stripe's refusal or silence throws */
export async function cancelPayout(deps: Deps, asked: CancelRequest): Promise<CommandResult<PayoutBody>> {
  const { account, row } = asked
  const at = deps.now()
  const { answer, isRefused } = await call(deps, asked)
  const { livemode } = deps.config.stripe
  const instanceEvent = payoutAnswered(answer, { account: account.id, row, at, name: null })
  return {
    events: [instanceEvent],
    known: loadedFrom('payout', row.id, row, [account]),
    answer: ([result]) => {
      const live = livePayout(result, instanceEvent)
      if (isRefused) return conflict(live)
      return payoutBody(live, { createdAt: row.created_at, livemode, account: readAs('account', account) })
    },
  }
}

async function call(
  deps: Deps,
  { account, row, keyed, requestId }: CancelRequest,
): Promise<{ answer: Answer<Stripe.Payout>; isRefused: boolean }> {
  const [acting, id] = [AccountId.parse(account.id), PayoutId.parse(row.id)]
  const reread = () => deps.stripe.retrievePayout(acting, id)
  try {
    const answer = await executeIdempotent(deps, keyed, {
      allow: () => {
        refuseFor('account_disconnected', 'payout', readAs('account', account))
        const live = readAs('payout', row)
        if (!payout.takes(live, { type: 'cancel.requested' })) throw conflict(live)
      },
      recordFirst: true,
      send: (sending) => deps.stripe.cancelPayout(acting, id, sending),
      async find() {
        const answer = await reread()
        return answer.value.status === 'canceled' ? answer : null
      },
      reread,
    })
    return { answer, isRefused: false }
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind === 'no_access') {
      const live = await recheck(deps, { failed, row: account, requestId })
      if (live) refuseFor('account_disconnected', 'payout', live)
    }
    if (failed?.failure.kind !== 'refused') throw error
    // It moved on, and nobody had heard of it yet: the refusal is the state's.
    const answer = await reread()
    const { status, automatic } = answer.value
    if (status === 'pending' && !automatic) throw error
    return { answer, isRefused: true }
  }
}

function conflict({ context, value }: LivePayout): Problem {
  const automatic = context.facts.payout?.value.automatic ?? false
  const why =
    automatic && value['payout'] === 'pending'
      ? 'was made by the account’s schedule, which only the schedule can call back'
      : `is ${value['payout']}; only a pending one can be canceled`
  return new Problem('payout_state_conflict', `The payout ${why}.`, {
    members: { payout: context.id, state: value['payout'], automatic },
  })
}
