/** What hangs on a payment and its PaymentIntent does not show: asked for where there is some, or where it is suspect. */
import type { Stripe } from 'stripe'
import type { z } from 'zod'
import type { PaymentFacts } from '../../machines/payment/facts.ts'
import type { AsOf, Observation } from '../../machines/watermark.ts'
import type { Answer, Gateway } from '../stripe/gateway.ts'
import { PaymentIntentId, type AccountId } from '../stripe/ids.ts'
import {
  ApplicationFeeObject,
  ChargeObject,
  CheckoutSessionObject,
  DisputeObject,
  EarlyFraudWarningObject,
  RefundObject,
  type PaymentIntentObject,
} from '../stripe/objects.ts'
import {
  observeCharge,
  observeDispute,
  observeFee,
  observeRefund,
  observeSession,
  observeWarning,
} from './observe.ts'

export async function fetchRelated(
  stripe: Gateway,
  at: { acting: AccountId; object: PaymentIntentObject; suspect: readonly string[] },
): Promise<{ observation: Observation<PaymentFacts>; spans: AsOf[] }> {
  const { acting, object, suspect } = at
  const intent = PaymentIntentId.parse(object.id)
  const charge = typeof object.latest_charge === 'object' ? object.latest_charge : null
  const spans: AsOf[] = []
  const ambiguous = (name: keyof PaymentFacts) =>
    suspect.some((piece) => piece === name || piece.startsWith(`${name}.`))

  async function all<O extends { id: string }, V>(
    asked: Promise<Answer<Stripe.ApiList<unknown>>>,
    schema: z.ZodType<O>,
    observation: (item: O) => V,
  ): Promise<{ items: Record<string, V>; all: boolean }> {
    const { value, as_of } = await asked
    spans.push(as_of)
    const items = value.data.map((item) => schema.parse(item))
    return {
      items: Object.fromEntries(items.map((item) => [item.id, observation(item)])),
      all: !value.has_more,
    }
  }

  const observation: Observation<PaymentFacts> = {}
  if (charge?.application_fee_amount)
    observation.fees = await all(stripe.listApplicationFees(charge.id), ApplicationFeeObject, observeFee)
  if (charge?.disputed || ambiguous('disputes'))
    observation.disputes = await all(stripe.listDisputes(acting, intent), DisputeObject, observeDispute)
  // A charge shows ten refunds at most.
  if (charge?.refunds?.has_more || ambiguous('refunds')) {
    const asked = stripe.listRefunds(acting, { payment_intent: intent, limit: 100 })
    observation.refunds = await all(asked, RefundObject, observeRefund)
  }
  if (ambiguous('charges'))
    observation.charges = await all(stripe.listCharges(acting, intent), ChargeObject, observeCharge)
  if (ambiguous('early_fraud_warnings')) {
    const asked = stripe.listEarlyFraudWarnings(acting, intent)
    observation.early_fraud_warnings = await all(asked, EarlyFraudWarningObject, observeWarning)
  }
  if (ambiguous('checkout_session')) {
    const { value, as_of } = await stripe.listCheckoutSessions(acting, { payment_intent: intent, limit: 1 })
    spans.push(as_of)
    const [session] = value.data
    if (session) observation.checkout_session = observeSession(CheckoutSessionObject.parse(session))
  }
  return { observation, spans }
}
