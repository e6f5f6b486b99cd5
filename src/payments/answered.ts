/** Stripe's answer about a payment, as an event of its instance and as the client's answer. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import type { Deps } from '../deps.ts'
import { asAnswered } from '../engine/as-answered.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import type { CommandResult } from '../idempotency/request.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import type { CommandRequest } from './command.ts'
import { declined, type Decline } from './decline.ts'
import { observePaymentIntent } from './observe.ts'
import type { PaymentBody } from './schemas.ts'
import { paymentBody } from './view.ts'

/** `row`: the instance as stored when the call began, at `at`. `externalId`: what it is given if it begins here. */
export function paymentAnswered(
  { value, as_of }: Answer<Stripe.PaymentIntent>,
  from: { account: string; row: InstanceRow | null; at: number; externalId: string | null },
): InstanceEvent {
  const { account, row, at, externalId } = from
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
    begin: { id, account, external_id: externalId },
  }
}

/** The payment after Stripe's answer, as the answer shows it. */
export function livePayment(
  deps: Pick<Deps, 'lifecycles'>,
  result: StepResult | undefined,
  event: InstanceEvent,
): LivePayment {
  return asAnswered(deps.lifecycles, result, event) as LivePayment
}

/** What a command on an existing payment came to. A decline is kept as the answer. */
export function changedPayment(
  deps: Deps,
  { account, payment: row }: CommandRequest,
  { at, answer, decline }: { at: number; answer: Answer<Stripe.PaymentIntent>; decline?: Decline },
): CommandResult<PaymentBody> {
  const { livemode } = deps.config.stripe
  const event = paymentAnswered(answer, { account: account.id, row, at, externalId: row.external_id })
  return {
    events: [event],
    loaded: loadedFrom('payment', row.id, row),
    answer: ([result]) => {
      const payment = paymentBody(livePayment(deps, result, event), { createdAt: row.created_at, livemode })
      return decline ? declined(decline, payment) : payment
    },
  }
}
