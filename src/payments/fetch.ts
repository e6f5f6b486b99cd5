/** Fetches a payment and its refunds, disputes and fees from Stripe, and lists an account's payments. */
import type { Stripe } from 'stripe'
import type { z } from 'zod'
import type { PaymentFacts } from '../../machines/payment/facts.ts'
import type { payment as paymentLifecycle } from '../../machines/payment/payment.ts'
import type { AsOf, Observation } from '../../machines/watermark.ts'
import { explainUnobservable } from '../accounts/fetch.ts'
import type { FetchDeps, FetchSubject } from '../engine/adapter.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { externalIdIn } from '../idempotency/mark.ts'
import { spanOfAll, type Answer, type Gateway } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import {
  ApplicationFeeObject,
  ChargeObject,
  CheckoutSessionObject,
  DisputeObject,
  EarlyFraudWarningObject,
  PaymentIntentObject,
  RefundObject,
} from '../stripe/objects.ts'
import { pagesSince } from '../stripe/pages-since.ts'
import {
  observeCharge,
  observeDispute,
  observeFee,
  observePaymentIntent,
  observeRefund,
  observeSession,
  observeWarning,
} from './observe.ts'

/** @throws the error of a Stripe call that failed, unless Stripe says that it cannot show the payment */
export async function fetchPayment(deps: FetchDeps, subject: FetchSubject): Promise<InstanceEvent[]> {
  const { id, account, seq, isOwed, suspect } = subject
  const asked = { seq, at: deps.now(), isOwed }
  const instance = { machine: 'payment', id, account } as const
  const acting = AccountId.parse(account)
  try {
    const { value, as_of } = await deps.stripe.retrievePaymentIntent(acting, PaymentIntentId.parse(id))
    const object = PaymentIntentObject.parse(value)
    const related = await fetchRelated(deps.stripe, { acting, object, suspect })
    const external_id = externalIdIn(account, object.metadata)
    return [
      {
        ...instance,
        event: {
          type: 'stripe.observed',
          as_of: spanOfAll([as_of, ...related.spans]),
          observation: { ...observePaymentIntent(object), ...related.observation },
          asked,
        },
      },
      ...(external_id === null ? [] : [{ ...instance, event: { type: 'payment.named', external_id } }]),
    ]
  } catch (error) {
    const { reason, account: disconnected } = explainUnobservable(deps, { account, asked, error })
    return [{ ...instance, event: { type: 'stripe.unobservable', reason, asked } }, ...disconnected]
  }
}

/** Pages of the account's payments created since then, newest first, as events that begin unknown payments. */
export async function* listPaymentsSince(
  stripe: Gateway,
  { account, since }: { account: string; since: number },
): AsyncGenerator<InstanceEvent<typeof paymentLifecycle>[]> {
  const acting = AccountId.parse(account)
  const list = (params: Stripe.PaymentIntentListParams) => stripe.listPaymentIntents(acting, params)
  for await (const { value, as_of } of pagesSince({ since, list })) {
    yield value.data.map((item) => {
      const object = PaymentIntentObject.parse(item)
      const { id } = object
      const event = { type: 'stripe.observed', as_of, observation: observePaymentIntent(object) } as const
      const begin = { id, account, external_id: externalIdIn(account, object.metadata) }
      return { machine: 'payment', id, account, event, begin }
    })
  }
}

/** Fetches what the PaymentIntent does not include, if its charge says that it exists or if it is suspect. */
async function fetchRelated(
  stripe: Gateway,
  at: { acting: AccountId; object: PaymentIntentObject; suspect: readonly string[] },
): Promise<{ observation: Observation<PaymentFacts>; spans: AsOf[] }> {
  const { acting, object, suspect } = at
  const intent = PaymentIntentId.parse(object.id)
  const charge = typeof object.latest_charge === 'object' ? object.latest_charge : null
  const spans: AsOf[] = []
  const isSuspect = (name: keyof PaymentFacts) =>
    suspect.some((piece) => piece === name || piece.startsWith(`${name}.`))

  async function collect<O extends { id: string }, V>(
    listing: Promise<Answer<Stripe.ApiList<unknown>>>,
    schema: z.ZodType<O>,
    observe: (item: O) => V,
  ): Promise<{ items: Record<string, V>; all: boolean }> {
    const { value, as_of } = await listing
    spans.push(as_of)
    const items = value.data.map((item) => schema.parse(item))
    return {
      items: Object.fromEntries(items.map((item) => [item.id, observe(item)])),
      all: !value.has_more,
    }
  }

  const observation: Observation<PaymentFacts> = {}
  if (charge?.application_fee_amount)
    observation.fees = await collect(stripe.listApplicationFees(charge.id), ApplicationFeeObject, observeFee)
  if (charge?.disputed || isSuspect('disputes'))
    observation.disputes = await collect(stripe.listDisputes(acting, intent), DisputeObject, observeDispute)
  // A charge shows ten refunds at most.
  if (charge?.refunds?.has_more || isSuspect('refunds')) {
    const listing = stripe.listRefunds(acting, { payment_intent: intent, limit: 100 })
    observation.refunds = await collect(listing, RefundObject, observeRefund)
  }
  if (isSuspect('charges'))
    observation.charges = await collect(stripe.listCharges(acting, intent), ChargeObject, observeCharge)
  if (isSuspect('early_fraud_warnings')) {
    const listing = stripe.listEarlyFraudWarnings(acting, intent)
    observation.early_fraud_warnings = await collect(listing, EarlyFraudWarningObject, observeWarning)
  }
  if (isSuspect('checkout_session')) {
    const { value, as_of } = await stripe.listCheckoutSessions(acting, { payment_intent: intent, limit: 1 })
    spans.push(as_of)
    const [session] = value.data
    if (session) observation.checkout_session = observeSession(CheckoutSessionObject.parse(session))
  }
  return { observation, spans }
}
