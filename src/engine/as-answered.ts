/**
 * An instance as Stripe has just answered about it. A webhook heard during the call may leave the stored piece suspect until
 * the next fetch; the caller is told what Stripe answered all the same.
 */
import type { Live } from '../../machines/lifecycle.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import { suspects, type Facts } from '../../machines/watermark.ts'
import type { Lifecycles } from './adapter.ts'
import type { InstanceEvent, StepResult } from './unit-of-work.ts'

export function asAnswered(
  lifecycles: Lifecycles,
  result: StepResult | undefined,
  { machine, event }: InstanceEvent,
): Live<ObservedContext<Facts>> {
  if (!result || result.kind === 'unknown') throw new Error(`a ${machine} that was begun has no state`)
  const { live } = result
  if (event.type !== 'stripe.observed' || suspects(live.context.facts).length === 0) return live
  return lifecycles.lifecycleOf(machine).step(live, { ...event, after: live.context.seq, asked: undefined })
    .live
}
