/**
 * The result of a command that Stripe answered with the instance's own object: commits the answer as an observation, and
 * answers the client with the instance as Stripe showed it.
 */
import type { AnyLifecycle } from '../../machines/lifecycle.ts'
import type { AsOf } from '../../machines/watermark.ts'
import { asAnswered } from '../engine/as-answered.ts'
import type { Lifecycles } from '../engine/adapter.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import type { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'
import type { CommandResult } from './request.ts'

export interface ObservedAnswer<L extends AnyLifecycle> {
  lifecycle: L
  /** Stripe's id of the object. */
  id: string
  account: string
  /** The instance as stored when the call began; null: it begins with this answer. */
  row: InstanceRow | null
  /** Our time when the call began, in ms. */
  askedAt: number
  as_of: AsOf
  observation: object
  /** The external id of an instance that begins here. */
  externalId: string | null
  /** Other rows this request read; saves a read. */
  alsoLoaded?: InstanceRow[]
}

export function observedResult<L extends AnyLifecycle, T>(
  deps: { lifecycles: Lifecycles },
  answered: ObservedAnswer<L>,
  body: (live: ReturnType<L['read']>, createdAt: number) => T | Problem,
): CommandResult<T> {
  const { lifecycle, id, account, row, askedAt, as_of, observation, externalId } = answered
  const event: InstanceEvent = {
    machine: lifecycle.name,
    id,
    account,
    event: { type: 'stripe.observed', as_of, asked: { seq: row?.seq ?? 0, at: askedAt }, observation },
    begin: { id, account, external_id: externalId },
  }
  return {
    events: [event],
    loaded: loadedFrom(lifecycle.name, id, row, answered.alsoLoaded),
    answer: ([result], now) => {
      const live = asAnswered(deps.lifecycles, result, event) as ReturnType<L['read']>
      return body(live, row?.created_at ?? now)
    },
  }
}
