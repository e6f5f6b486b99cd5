/** Cancels an unpaid payment, once; an authorization is released. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Answer, Sending } from '../stripe/gateway.ts'
import { changedPayment } from './answered.ts'
import { allowCommand, explainRefusedCommand, idsOf, type CommandRequest } from './command.ts'
import type { PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed; what Stripe's refusal or silence throws */
export async function cancelPayment(deps: Deps, asked: CommandRequest): Promise<CommandResult<PaymentBody>> {
  const at = deps.now()
  const answer = await executeIdempotent(deps, asked.request, cancellation(deps, asked))
  return changedPayment(deps, asked, { at, answer })
}

function cancellation(deps: Deps, asked: CommandRequest): StripeOperation<Stripe.PaymentIntent> {
  const reread = () => deps.stripe.retrievePaymentIntent(...idsOf(asked))
  return {
    recordFirst: true,
    async allow() {
      await allowCommand(deps, asked, 'cancel')
    },
    async send(sending) {
      try {
        return await cancelAtStripe(deps, asked, sending)
      } catch (error) {
        await explainRefusedCommand(deps, asked, { command: 'cancel', error })
        throw error
      }
    },
    // Canceled is canceled, whoever did it.
    async search() {
      const answer = await reread()
      return answer.value.status === 'canceled' ? answer : null
    },
    reread,
    doneAt: ({ canceled_at }) => canceled_at,
  }
}

/** Stripe refuses to cancel a payment while its Checkout Session is open: the session is expired instead. */
async function cancelAtStripe(
  deps: Deps,
  asked: CommandRequest,
  sending: Sending,
): Promise<Answer<Stripe.PaymentIntent>> {
  const [acting, id] = idsOf(asked)
  try {
    return await deps.stripe.cancelPaymentIntent(acting, id, sending)
  } catch (error) {
    if (failedCall(error)?.failure.kind !== 'refused') throw error
    const { value: sessions } = await deps.stripe.listCheckoutSessions(acting, { payment_intent: id })
    const open = sessions.data.find(({ status }) => status === 'open')
    if (!open) throw error
    const idempotencyKey = `${sending.idempotencyKey}:session`
    await deps.stripe.expireCheckoutSession(acting, open.id, { ...sending, idempotencyKey })
    return deps.stripe.retrievePaymentIntent(acting, id)
  }
}
