/** Cancels a payment that is not paid, once; what was authorized is let go. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type Act } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import type { Answer, Sending } from '../stripe/gateway.ts'
import { failedCall } from '../stripe/errors.ts'
import { changed } from './capture.ts'
import { allowCommand, idsOf, sendCommand, type CommandRequest } from './command.ts'
import type { PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed; what Stripe's refusal or silence throws */
export async function cancelPayment(deps: Deps, asked: CommandRequest): Promise<CommandResult<PaymentBody>> {
  const at = deps.now()
  return changed(deps, asked, {
    at,
    answer: await executeIdempotent(deps, asked.keyed, cancellation(deps, asked)),
  })
}

function cancellation(deps: Deps, asked: CommandRequest): Act<Stripe.PaymentIntent> {
  const reread = () => deps.stripe.retrievePaymentIntent(...idsOf(asked))
  return {
    recordFirst: true,
    async allow() {
      await allowCommand(deps, asked, 'cancel')
    },
    send: (sending) =>
      sendCommand(deps, asked, { command: 'cancel', send: () => cancel(deps, asked, sending) }),
    // Canceled is canceled, whoever did it.
    async find() {
      const answer = await reread()
      return answer.value.status === 'canceled' ? answer : null
    },
    reread,
    doneAt: ({ canceled_at }) => canceled_at,
  }
}

/** Stripe refuses to cancel what a customer still pays on its page: there it is the session that has to end. */
async function cancel(
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
