/**
 * Calls a payout back before the bank has it. No gate stands before this: it keeps money where it is. The state decides,
 * and says no without asking Stripe; a payout that is canceled already may have been by this very request, whose answer
 * was lost, and that Stripe alone can tell.
 */
import type { Stripe } from 'stripe'
import { payout, type LivePayout } from '../../machines/payout/payout.ts'
import { knownAs } from '../advance/plan.ts'
import { readAs } from '../advance/read-as.ts'
import type { Deps } from '../deps.ts'
import { actOnce } from '../http/act-once.ts'
import type { Acted, Keyed } from '../http/once.ts'
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PayoutId } from '../stripe/ids.ts'
import { failedCall } from '../stripe/stripe-error.ts'
import { livePayout, observedPayout } from './observed.ts'
import type { PayoutBody } from './schemas.ts'
import { payoutBody } from './view.ts'

export interface CancelRequest {
  account: InstanceRow
  row: InstanceRow
  keyed: Keyed
}

/** @throws Problem payout_state_conflict; what Stripe's refusal or silence throws */
export async function cancelPayout(deps: Deps, asked: CancelRequest): Promise<Acted<PayoutBody>> {
  const { account, row } = asked
  const at = deps.now()
  const { answer, refused } = await call(deps, asked)
  const { livemode } = deps.config.stripe
  return {
    happenings: [observedPayout(answer, { account: account.id, row, at, name: null })],
    known: knownAs('payout', row.id, row, [account]),
    answer: ([result]) => {
      const live = livePayout(result)
      if (refused) return conflict(live)
      return payoutBody(live, { createdAt: row.created_at, livemode, account: readAs('account', account) })
    },
  }
}

async function call(
  deps: Deps,
  { row, keyed }: CancelRequest,
): Promise<{ answer: Answer<Stripe.Payout>; refused: boolean }> {
  const [account, id] = [AccountId.parse(row.account), PayoutId.parse(row.id)]
  const live = readAs('payout', row)
  const reread = () => deps.stripe.retrievePayout(account, id)
  try {
    const answer = await actOnce(deps, keyed, {
      async send(sending) {
        const mayBeOurs = live.value['payout'] === 'canceled'
        if (!mayBeOurs && !payout.takes(live, { type: 'cancel.requested' })) throw conflict(live)
        return deps.stripe.cancelPayout(account, id, sending)
      },
      async find() {
        const answer = await reread()
        return answer.value.status === 'canceled' ? answer : null
      },
      reread,
    })
    return { answer, refused: false }
  } catch (error) {
    if (failedCall(error)?.failure.kind !== 'refused') throw error
    // It moved on, and nobody had heard of it yet: the refusal is the state's.
    const answer = await reread()
    const { status, automatic } = answer.value
    if (status === 'pending' && !automatic) throw error
    return { answer, refused: true }
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
