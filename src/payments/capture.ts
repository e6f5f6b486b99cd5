/** Captures an authorization, whole or in part, once; the rest is released. For a part, the fee is restated. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import type { Deps } from '../deps.ts'
import { fieldProblem } from '../http/field-rule.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { brokenWhole } from '../money/currency.ts'
import { feeOfPart } from '../money/fee.ts'
import { failedCall } from '../stripe/errors.ts'
import { changedPayment } from './answered.ts'
import { allowCommand, explainRefusedCommand, idsOf, type CommandRequest } from './command.ts'
import { declineOf } from './decline.ts'
import type { CapturePayment, PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed, invalid_request; what Stripe's refusal or silence throws */
export async function capturePayment(
  deps: Deps,
  asked: CommandRequest,
  body: CapturePayment,
): Promise<CommandResult<PaymentBody>> {
  const at = deps.now()
  try {
    const answer = await executeIdempotent(deps, asked.request, capture(deps, asked, body))
    return changedPayment(deps, asked, { at, answer })
  } catch (error) {
    const decline = declineOf(failedCall(error))
    if (!decline) throw error
    // The bank withdrew its authorization: fetch what that leaves of the payment.
    const answer = await deps.stripe.retrievePaymentIntent(...idsOf(asked))
    return changedPayment(deps, asked, { at, answer, decline })
  }
}

function capture(
  deps: Deps,
  asked: CommandRequest,
  body: CapturePayment,
): StripeOperation<Stripe.PaymentIntent, Stripe.PaymentIntentCaptureParams> {
  const [acting, id] = idsOf(asked)
  const reread = () => deps.stripe.retrievePaymentIntent(acting, id)
  return {
    recordFirst: true,
    allow: async () => captureParams(await allowCommand(deps, asked, 'capture'), body),
    async send(sending, params) {
      try {
        return await deps.stripe.capturePaymentIntent(acting, id, params, sending)
      } catch (error) {
        await explainRefusedCommand(deps, asked, { command: 'capture', error })
        throw error
      }
    },
    // A payment is captured once: a capture of this amount is this request's, or answers it as well.
    async search() {
      const answer = await reread()
      const { status, amount, amount_received } = answer.value
      return status === 'succeeded' && amount_received === (body.amount ?? amount) ? answer : null
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
    throw fieldProblem({
      path: 'application_fee_amount',
      rule: 'fee_exceeds_amount',
      message: `must be below what is captured (${captured})`,
    })
  }
  const broken = brokenWhole(application_fee_amount ?? 0, truth.currency)
  if (broken) throw fieldProblem({ path: 'application_fee_amount', ...broken })
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
    throw fieldProblem({
      path: 'amount',
      rule: 'amount_exceeds_capturable',
      message: `must be at most what is authorized (${capturable})`,
    })
  }
  const broken = brokenWhole(amount, currency)
  if (broken) throw fieldProblem({ path: 'amount', ...broken })
}
