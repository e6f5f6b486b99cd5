/** The engine's input: events for instances that have one cause and commit together or not at all. */
import type { AnyLifecycle, Step } from '../../machines/lifecycle.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import type { Facts } from '../../machines/watermark.ts'
import type { Statement } from '../store/database.ts'

/** The cause of a unit's events; kept in the history. */
export interface Cause {
  kind: 'webhook' | 'command' | 'operator' | 'effect' | 'clock' | 'gate' | 'return' | 'reconciler' | 'adopt'
  /** The id of the Stripe event, request, effect or run; unique per unit of work. */
  id: string
}

/** One event for one instance of the lifecycle `machine`. */
export interface InstanceEvent<L extends AnyLifecycle = AnyLifecycle> {
  machine: L['name']
  /** The Stripe object's id; with `isAlias`, another id that Stripe uses for it (a payment's charge). */
  id: string
  isAlias?: true
  /** If the instance is unknown, replay the event later: the fetch that begins it may have read Stripe before the event. */
  isAwaited?: true
  account: string
  event: Parameters<L['step']>[1]
  /** The input that begins an unknown instance; without it, an unknown instance stays unknown. */
  begin?: Parameters<L['begin']>[0]
}

/** `unknown`: no such instance, and no input to begin one. */
export type StepResult = Step<ObservedContext<Facts>> | { kind: 'unknown' }

/** The result of a unit, before its batch commits. A failed unit moves nothing. */
export type Applied = { kind: 'applied'; results: StepResult[] } | { kind: 'failed'; error: unknown }

/** `duplicate`: the Stripe event or client request was handled before, so nothing was done. */
export type AdvanceResult = Applied | { kind: 'duplicate' }

/** Identifies input that must be handled once only: a Stripe event, or a client's request. */
export type Once = { event: string } | { client: string; key: string }

export interface UnitOfWork {
  cause: Cause
  events: readonly InstanceEvent[]
  once?: Once
  /**
   * Statements that commit with the unit: its inbox row, its stored answer, the end of its effect. If `record` throws,
   * nothing is committed and `advance` rethrows. A failed unit without `record` throws its error.
   */
  record?: (applied: Applied, now: number) => Statement[]
}
