/** Stripe's answer about a payout, as an event of its instance. */
import type { Stripe } from 'stripe'
import type { LivePayout } from '../../machines/payout/payout.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import type { Deps } from '../deps.ts'
import { asAnswered } from '../engine/as-answered.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { Answer } from '../stripe/gateway.ts'
import { PayoutObject } from '../stripe/payout-objects.ts'
import { observePayout } from './observe.ts'

/** `row`: the instance as stored when the call began, at `at`. `externalId`: what it is given if it begins here. */
export function payoutAnswered(
  { value, as_of }: Answer<Stripe.Payout>,
  from: { account: string; row: InstanceRow | null; at: number; externalId: string | null },
): InstanceEvent {
  const { account, row, at, externalId } = from
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
    begin: { id, account, external_id: externalId },
  }
}

/** The payout after Stripe's answer, as the answer shows it. */
export function livePayout(
  deps: Pick<Deps, 'lifecycles'>,
  result: StepResult | undefined,
  event: InstanceEvent,
): LivePayout {
  return asAnswered(deps.lifecycles, result, event) as LivePayout
}
