/** What hangs on a payment and its PaymentIntent does not show: asked for where there is some, or where it is suspect. */
import type { Stripe } from 'stripe'
import type { z } from 'zod'
import type { PaymentFacts } from '../../machines/payment/facts.ts'
import type { AsOf, Seen } from '../../machines/watermark.ts'
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
  seenCharge,
  seenDispute,
  seenFee,
  seenRefund,
  seenSession,
  seenWarning,
} from '../stripe/seen/payment.ts'

export async function lookBeside(
  stripe: Gateway,
  at: { acting: AccountId; object: PaymentIntentObject; suspect: readonly string[] },
): Promise<{ seen: Seen<PaymentFacts>; spans: AsOf[] }> {
  const { acting, object, suspect } = at
  const intent = PaymentIntentId.parse(object.id)
  const charge = typeof object.latest_charge === 'object' ? object.latest_charge : null
  const spans: AsOf[] = []
  const doubts = (name: keyof PaymentFacts) =>
    suspect.some((piece) => piece === name || piece.startsWith(`${name}.`))

  async function all<O extends { id: string }, V>(
    asked: Promise<Answer<Stripe.ApiList<unknown>>>,
    schema: z.ZodType<O>,
    seen: (item: O) => V,
  ): Promise<{ items: Record<string, V>; all: boolean }> {
    const { value, as_of } = await asked
    spans.push(as_of)
    const items = value.data.map((item) => schema.parse(item))
    return { items: Object.fromEntries(items.map((item) => [item.id, seen(item)])), all: !value.has_more }
  }

  const seen: Seen<PaymentFacts> = {}
  if (charge?.application_fee_amount)
    seen.fees = await all(stripe.listApplicationFees(charge.id), ApplicationFeeObject, seenFee)
  if (charge?.disputed || doubts('disputes'))
    seen.disputes = await all(stripe.listDisputes(acting, intent), DisputeObject, seenDispute)
  // A charge shows ten refunds at most.
  if (charge?.refunds?.has_more || doubts('refunds')) {
    const asked = stripe.listRefunds(acting, { payment_intent: intent, limit: 100 })
    seen.refunds = await all(asked, RefundObject, seenRefund)
  }
  if (doubts('charges'))
    seen.charges = await all(stripe.listCharges(acting, intent), ChargeObject, seenCharge)
  if (doubts('early_fraud_warnings')) {
    const asked = stripe.listEarlyFraudWarnings(acting, intent)
    seen.early_fraud_warnings = await all(asked, EarlyFraudWarningObject, seenWarning)
  }
  if (doubts('checkout_session')) {
    const { value, as_of } = await stripe.listCheckoutSessions(acting, { payment_intent: intent, limit: 1 })
    spans.push(as_of)
    const [session] = value.data
    if (session) seen.checkout_session = seenSession(CheckoutSessionObject.parse(session))
  }
  return { seen, spans }
}
