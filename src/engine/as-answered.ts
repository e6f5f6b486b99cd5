/**
 * An instance as Stripe has just answered of it. What was heard while Stripe was at work may not be orderable against
 * the answer: what is stored then stays as it was until Stripe is asked again, but whoever asked is told the answer.
 */
import type { Live } from '../../machines/lifecycle.ts'
import { lifecycleOf } from '../../machines/lifecycles.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import { suspects, type Facts } from '../../machines/watermark.ts'
import type { InstanceEvent, StepResult } from './unit-of-work.ts'

export function asAnswered(
  result: StepResult | undefined,
  { machine, event }: InstanceEvent,
): Live<ObservedContext<Facts>> {
  if (!result || result.kind === 'unknown') throw new Error(`a ${machine} that was begun has no state`)
  const { live } = result
  if (event.type !== 'stripe.observed' || suspects(live.context.facts).length === 0) return live
  return lifecycleOf(machine).step(live, { ...event, after: live.context.seq, asked: undefined }).live
}
