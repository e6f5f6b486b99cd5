/** What Stripe answered about a payment, as something that happened to it. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import { asAnswered } from '../engine/as-answered.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import { observePaymentIntent } from './observe.ts'

/** `row`: as it was stored when Stripe was asked, at `at`. `name`: what it is called if it begins here. */
export function paymentAnswered(
  { value, as_of }: Answer<Stripe.PaymentIntent>,
  from: { account: string; row: InstanceRow | null; at: number; name: string | null },
): InstanceEvent {
  const { account, row, at, name } = from
  const object = PaymentIntentObject.parse(value)
  const { id } = object
  return {
    machine: 'payment',
    id,
    account,
    event: {
      type: 'stripe.observed',
      as_of,
      asked: { seq: row?.seq ?? 0, at },
      observation: observePaymentIntent(object),
    },
    begin: { id, account, external_id: name },
  }
}

/** The payment after Stripe's answer, as the answer has it. */
export function livePayment(result: StepResult | undefined, instanceEvent: InstanceEvent): LivePayment {
  return asAnswered(result, instanceEvent) as LivePayment
}
