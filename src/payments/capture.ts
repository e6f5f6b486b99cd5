/** Captures an authorization, all of it or a part, once; the rest is let go. The fee is restated for a part. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { Deps } from '../deps.ts'
import { executeIdempotent, type Act } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { ruleBroken } from '../http/field-rule.ts'
import { brokenWhole } from '../money/currency.ts'
import { feeOfPart } from '../money/fee.ts'
import type { Answer } from '../stripe/gateway.ts'
import { failedCall } from '../stripe/errors.ts'
import { allowCommand, idsOf, sendCommand, type CommandRequest } from './command.ts'
import { declined, declineOf, type Decline } from './decline.ts'
import { livePayment, paymentAnswered } from './answered.ts'
import type { CapturePayment, PaymentBody } from './schemas.ts'
import { paymentBody } from './view.ts'

/** @throws Problem payment_state_conflict, gate_closed, invalid_request; what Stripe's refusal or silence throws */
export async function capturePayment(
  deps: Deps,
  asked: CommandRequest,
  request: CapturePayment,
): Promise<CommandResult<PaymentBody>> {
  const at = deps.now()
  try {
    const answer = await executeIdempotent(deps, asked.keyed, capture(deps, asked, request))
    return changed(deps, asked, { at, answer })
  } catch (error) {
    const decline = declineOf(failedCall(error))
    if (!decline) throw error
    // The bank went back on what it had authorized. What that leaves of the payment, Stripe is asked.
    const answer = await deps.stripe.retrievePaymentIntent(...idsOf(asked))
    return changed(deps, asked, { at, answer, decline })
  }
}

/** The payment after Stripe's answer to a command. */
export function changed(
  deps: Deps,
  { account, payment: row }: CommandRequest,
  { at, answer, decline }: { at: number; answer: Answer<Stripe.PaymentIntent>; decline?: Decline },
): CommandResult<PaymentBody> {
  const { livemode } = deps.config.stripe
  const instanceEvent = paymentAnswered(answer, { account: account.id, row, at, name: row.external_id })
  return {
    events: [instanceEvent],
    known: loadedFrom('payment', row.id, row),
    answer: ([result]) => {
      const payment = paymentBody(livePayment(result, instanceEvent), { createdAt: row.created_at, livemode })
      return decline ? declined(decline, payment) : payment
    },
  }
}

function capture(deps: Deps, asked: CommandRequest, request: CapturePayment): Act<Stripe.PaymentIntent> {
  const [acting, id] = idsOf(asked)
  let params: Stripe.PaymentIntentCaptureParams = {}
  const reread = () => deps.stripe.retrievePaymentIntent(acting, id)
  return {
    recordFirst: true,
    async allow() {
      params = captureParams(await allowCommand(deps, asked, 'capture'), request)
    },
    send: (sending) =>
      sendCommand(deps, asked, {
        command: 'capture',
        send: () => deps.stripe.capturePaymentIntent(acting, id, params, sending),
      }),
    // A payment is captured once: what is captured in this measure was asked for by this request, or answers it as well.
    async find() {
      const answer = await reread()
      const { status, amount, amount_received } = answer.value
      return status === 'succeeded' && amount_received === (request.amount ?? amount) ? answer : null
    },
    reread,
  }
}

function captureParams(
  { context }: LivePayment,
  { amount, application_fee_amount }: CapturePayment,
): Stripe.PaymentIntentCaptureParams {
  const truth = context.facts.payment?.value
  if (!truth) throw new Error('a payment that can be captured has no facts')
  const captured = amount ?? truth.amount_capturable
  checkAmount(captured, { capturable: truth.amount_capturable, currency: truth.currency })
  if (application_fee_amount !== undefined && application_fee_amount >= captured) {
    throw ruleBroken({
      path: 'application_fee_amount',
      rule: 'fee_exceeds_amount',
      message: `must be below what is captured (${captured})`,
    })
  }
  const broken = brokenWhole(application_fee_amount ?? 0, truth.currency)
  if (broken) throw ruleBroken({ path: 'application_fee_amount', ...broken })
  const part =
    captured < truth.amount
      ? feeOfPart(truth.application_fee_amount ?? 0, {
          amount: truth.amount,
          captured,
          currency: truth.currency,
        })
      : null
  const fee = application_fee_amount ?? part
  return {
    ...(amount !== undefined && { amount_to_capture: amount }),
    ...(fee !== null && { application_fee_amount: fee }),
  }
}

function checkAmount(
  amount: number,
  { capturable, currency }: { capturable: number; currency: string },
): void {
  if (amount > capturable) {
    throw ruleBroken({
      path: 'amount',
      rule: 'amount_exceeds_capturable',
      message: `must be at most what is authorized (${capturable})`,
    })
  }
  const broken = brokenWhole(amount, currency)
  if (broken) throw ruleBroken({ path: 'amount', ...broken })
}
