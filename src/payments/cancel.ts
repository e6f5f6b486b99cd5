/** Cancels an unpaid payment once; Stripe releases an authorization. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Answer, Sending } from '../stripe/gateway.ts'
import { allowCommand, explainRefusal, idsOf, paymentResult, type PaymentCommand } from './command.ts'
import type { PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed; the error of a Stripe call that failed */
export async function cancelPayment(
  deps: Deps,
  command: PaymentCommand,
): Promise<CommandResult<PaymentBody>> {
  const askedAt = deps.now()
  const answer = await executeIdempotent(deps, command.request, cancelOperation(deps, command))
  return paymentResult(deps, command, { askedAt, answer })
}

function cancelOperation(deps: Deps, command: PaymentCommand): StripeOperation<Stripe.PaymentIntent> {
  const reread = () => deps.stripe.retrievePaymentIntent(...idsOf(command))
  return {
    recordFirst: true,
    async allow() {
      await allowCommand(deps, command, 'cancel')
    },
    async send(sending) {
      try {
        return await cancelAtStripe(deps, command, sending)
      } catch (error) {
        await explainRefusal(deps, command, { name: 'cancel', error })
        throw error
      }
    },
    // A cancellation by another request is as good as this one's.
    async search() {
      const answer = await reread()
      return answer.value.status === 'canceled' ? answer : null
    },
    reread,
    doneAt: ({ canceled_at }) => canceled_at,
  }
}

/** Stripe refuses to cancel a payment whose Checkout Session is open: expiring the session cancels it. */
async function cancelAtStripe(
  deps: Deps,
  command: PaymentCommand,
  sending: Sending,
): Promise<Answer<Stripe.PaymentIntent>> {
  const [acting, id] = idsOf(command)
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
