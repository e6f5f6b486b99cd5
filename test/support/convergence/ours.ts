/** A lifecycle as a receiver: it commits as `advance` does, without a database. */
import type { Live, Step } from '../../../machines/lifecycle.ts'
import { lifecycleOf, type MachineName } from '../lifecycles.ts'
import type { FetchStart, ObservedContext } from '../../../machines/observation.ts'
import type { Facts } from '../../../machines/watermark.ts'
import type { FetchAnswer, DeliveredEvent, Receiver } from './play.ts'

type AnyLive = Live<ObservedContext<Facts>>

interface Question {
  seq: number
  isOwed: boolean
}

export interface Ours extends Receiver<Question> {
  live: () => AnyLive | null
  /** Every committed `seq`, in order. */
  history: number[]
}

/** The input of any machine. Each reads its own fields. */
const INPUT = { id: 'x_1', account: 'acct_1', external_id: null, metadata: {}, fee_policy: null }

export function ours(machine: MachineName): Ours {
  const lifecycle = lifecycleOf(machine)
  const handled = new Set<string>()
  const history: number[] = []
  let live: AnyLive | null = null

  function observe(event: Pick<DeliveredEvent, 'as_of' | 'observation'> & { asked?: FetchStart }): number[] {
    const observed = { type: 'stripe.observed', ...event } as never
    const result: Step<ObservedContext<Facts>> = live
      ? lifecycle.step(live, observed)
      : lifecycle.begin(INPUT, observed)
    if (result.kind !== 'moved') return []
    // Instances are stored as JSON and parsed by the schema.
    live = lifecycle.read(JSON.parse(JSON.stringify(result.live)) as AnyLive)
    history.push(live.context.seq)
    return result.effects.flatMap((effect) => (effect.kind === 'refresh' ? [effect.after_ms] : []))
  }

  return {
    live: () => live,
    history,
    onEvent({ id, as_of, observation }) {
      if (handled.has(id)) return []
      handled.add(id)
      return observe({ as_of, observation })
    },
    onFetchStart(isOwed) {
      if (isOwed && live?.context.owes_refresh !== true) return null
      return { seq: live?.context.seq ?? 0, isOwed }
    },
    onAnswer({ question, at, as_of, observation }: FetchAnswer<Question>) {
      return observe({ as_of, observation, asked: { ...question, at } })
    },
  }
}
