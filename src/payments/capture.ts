/** Captures an authorization once, in full or in part; Stripe releases the rest. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import type { Deps } from '../deps.ts'
import { fieldProblem } from '../http/field-rule.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { feeForPartialCapture } from '../money/application-fee.ts'
import { partViolation } from '../money/currency.ts'
import { failedCall } from '../stripe/errors.ts'
import { allowCommand, explainRefusal, idsOf, paymentResult, type PaymentCommand } from './command.ts'
import { declineOfCall } from './decline.ts'
import type { CapturePayment, PaymentBody } from './schemas.ts'

/** @throws Problem payment_state_conflict, gate_closed, invalid_request; the error of a Stripe call that failed */
export async function capturePayment(
  deps: Deps,
  command: PaymentCommand,
  body: CapturePayment,
): Promise<CommandResult<PaymentBody>> {
  const askedAt = deps.now()
  try {
    const answer = await executeIdempotent(deps, command.request, captureOperation(deps, command, body))
    return paymentResult(deps, command, { askedAt, answer })
  } catch (error) {
    const decline = declineOfCall(failedCall(error))
    if (!decline) throw error
    // The bank withdrew its authorization. The error does not show the payment's new state.
    const answer = await deps.stripe.retrievePaymentIntent(...idsOf(command))
    return paymentResult(deps, command, { askedAt, answer, decline })
  }
}

function captureOperation(
  deps: Deps,
  command: PaymentCommand,
  body: CapturePayment,
): StripeOperation<Stripe.PaymentIntent, Stripe.PaymentIntentCaptureParams> {
  const [acting, id] = idsOf(command)
  const reread = () => deps.stripe.retrievePaymentIntent(acting, id)
  return {
    recordFirst: true,
    allow: async () => captureParams(await allowCommand(deps, command, 'capture'), body),
    async send(sending, params) {
      try {
        return await deps.stripe.capturePaymentIntent(acting, id, params, sending)
      } catch (error) {
        await explainRefusal(deps, command, { name: 'capture', error })
        throw error
      }
    },
    // A payment is captured only once. A capture of the same amount by another request is as good as this one's.
    async search() {
      const answer = await reread()
      const { status, amount, amount_received } = answer.value
      return status === 'succeeded' && amount_received === (body.amount ?? amount) ? answer : null
    },
    reread,
  }
}

/** @throws Problem invalid_request */
function captureParams(
  { context }: LivePayment,
  { amount, application_fee_amount }: CapturePayment,
): Stripe.PaymentIntentCaptureParams {
  const intent = context.facts.payment?.value
  if (!intent) throw new Error('a payment that can be captured has no facts')
  const { currency, amount_capturable } = intent
  const captured = amount ?? amount_capturable
  requireCapturable(captured, { amount_capturable, currency })
  if (application_fee_amount !== undefined)
    requireFeeOfCapture(application_fee_amount, { captured, currency })
  const fee =
    application_fee_amount ??
    (captured < intent.amount
      ? feeForPartialCapture(intent.application_fee_amount ?? 0, {
          amount: intent.amount,
          captured,
          currency,
        })
      : null)
  return {
    ...(amount !== undefined && { amount_to_capture: amount }),
    ...(fee !== null && { application_fee_amount: fee }),
  }
}

function requireCapturable(
  amount: number,
  { amount_capturable, currency }: { amount_capturable: number; currency: string },
): void {
  if (amount > amount_capturable) {
    throw fieldProblem({
      path: 'amount',
      rule: 'amount_exceeds_capturable',
      message: `must be at most the authorized amount (${amount_capturable})`,
    })
  }
  const violation = partViolation(amount, currency)
  if (violation) throw fieldProblem({ path: 'amount', ...violation })
}

function requireFeeOfCapture(
  fee: number,
  { captured, currency }: { captured: number; currency: string },
): void {
  const path = 'application_fee_amount'
  if (fee >= captured) {
    const message = `must be below the captured amount (${captured})`
    throw fieldProblem({ path, rule: 'fee_exceeds_amount', message })
  }
  const violation = partViolation(fee, currency)
  if (violation) throw fieldProblem({ path, ...violation })
}
