/** Cancels a payment that is not paid, once; what was authorized is let go. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { actOnce, type Act } from '../http/act-once.ts'
import type { Acted } from '../http/once.ts'
import { changed } from './capture.ts'
import { allowCommand, idsOf, sendCommand, type CommandRequest } from './command.ts'
import type { PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed; what Stripe's refusal or silence throws */
export async function cancelPayment(deps: Deps, asked: CommandRequest): Promise<Acted<PaymentBody>> {
  const at = deps.now()
  return changed(deps, asked, { at, answer: await actOnce(deps, asked.keyed, cancellation(deps, asked)) })
}

function cancellation(deps: Deps, asked: CommandRequest): Act<Stripe.PaymentIntent> {
  const [acting, id] = idsOf(asked)
  const reread = () => deps.stripe.retrievePaymentIntent(acting, id)
  return {
    recordFirst: true,
    async allow() {
      await allowCommand(deps, asked, 'cancel')
    },
    send: (sending) =>
      sendCommand(deps, asked, {
        command: 'cancel',
        send: () => deps.stripe.cancelPaymentIntent(acting, id, sending),
      }),
    // Canceled is canceled, whoever did it.
    async find() {
      const answer = await reread()
      return answer.value.status === 'canceled' ? answer : null
    },
    reread,
    doneAt: ({ canceled_at }) => canceled_at,
  }
}
