/** What comes in: things that happened to instances, for one reason, committed together or not at all. */
import type { Step } from '../../machines/lifecycle.ts'
import type { EventOf, InputOf, MachineName } from '../../machines/lifecycles.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import type { Facts } from '../../machines/watermark.ts'
import type { Statement } from '../store/database.ts'

/** Who or what brought it; kept in the history. */
export interface Cause {
  kind: 'webhook' | 'command' | 'operator' | 'effect' | 'clock' | 'gate' | 'return' | 'reconciler' | 'adopt'
  /** The event, request, effect or run it can be traced to; used for one arrival only. */
  id: string
}

/**
 * One event for one instance. `begin`: what an instance that is not known starts from; without it nothing begins.
 * `isAlias`: `id` is another of Stripe's ids that means the instance, such as a payment's charge. `isAwaited`: should the
 * instance not be known, it is taken in once more later, for a look under way may make it known as it was before.
 */
export type InstanceEvent = {
  [M in MachineName]: {
    machine: M
    id: string
    isAlias?: true
    isAwaited?: true
    account: string
    event: EventOf<M>
    begin?: InputOf<M>
  }
}[MachineName]

/** `unknown`: there is no such instance, and nothing to begin it from. */
export type StepResult = Step<ObservedContext<Facts>> | { kind: 'unknown' }

/** What an arrival comes to, before it is committed. A failed one moves nothing. */
export type Applied = { kind: 'applied'; results: StepResult[] } | { kind: 'failed'; error: unknown }

/** `seen`: its event had been handled before; nothing was done. */
export type AdvanceResult = Applied | { kind: 'duplicate' }

export type Once = { event: string } | { client: string; key: string }

export interface UnitOfWork {
  cause: Cause
  events: readonly InstanceEvent[]
  /** What may be handled once only: a Stripe event, a client's request. What was handled before is `seen`. */
  once?: Once
  /**
   * What is committed with it: its inbox row, its answer, the end of its effect. What it throws ends the advance with
   * nothing committed; an arrival without it throws the error that made it fail.
   */
  record?: (taken: Applied, now: number) => Statement[]
}
