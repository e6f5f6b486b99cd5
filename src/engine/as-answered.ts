/**
 * The instance as Stripe's answer shows it. A webhook that arrives during the call may leave the stored piece suspect until
 * the next fetch. The client still gets the state that Stripe answered.
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
