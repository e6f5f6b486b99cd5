/** What Stripe answered about a payout, as something that happened to it. */
import type { Stripe } from 'stripe'
import type { LivePayout } from '../../machines/payout/payout.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import { asAnswered } from '../engine/as-answered.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { observePayout } from './observe.ts'

/** `row`: as it was stored when Stripe was asked, at `at`. `name`: what it is called if it begins here. */
export function payoutAnswered(
  { value, as_of }: Answer<Stripe.Payout>,
  from: { account: string; row: InstanceRow | null; at: number; name: string | null },
): InstanceEvent {
  const { account, row, at, name } = from
  const object = PayoutObject.parse(value)
  const { id } = object
  return {
    machine: 'payout',
    id,
    account,
    event: {
      type: 'stripe.observed',
      as_of,
      asked: { seq: row?.seq ?? 0, at },
      observation: observePayout(object),
    },
    begin: { id, account, external_id: name },
  }
}

/** The payout after Stripe's answer, as the answer has it. */
export function livePayout(result: StepResult | undefined, instanceEvent: InstanceEvent): LivePayout {
  return asAnswered(result, instanceEvent) as LivePayout
}
