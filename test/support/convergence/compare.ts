/** Plays the same histories to Gatehouse and to naive approaches: how many end wrong, and how many calls each makes. */
import * as fc from 'fast-check'
import { MACHINES, type MachineName } from '../lifecycles.ts'
import { same } from '../../../machines/watermark.ts'
import { histories, type History } from './history.ts'
import { factsOf, truthOf } from './judge.ts'
import { createdOnly, fetchInTurn, fetchOnEvent, lastWriteWins } from './naive.ts'
import { ours } from './ours.ts'
import { play, type Receiver } from './play.ts'
import { CONNECTION, hasConnection, partsOf } from './shape.ts'
import type { Truth } from './truth.ts'

interface Ended {
  isRight: boolean
  /** Calls that the receiver itself owes. The fetches of a history are the same for all. */
  calls: number
  events: number
}

interface Approach {
  name: string
  end: (machine: MachineName, history: History) => Ended
}

type Stored = Record<string, any> | undefined

export const APPROACHES: readonly Approach[] = [
  approach('last write wins', lastWriteWins),
  approach('`created >` only', createdOnly),
  approach('fetch on every event', fetchOnEvent),
  approach('fetch, one at a time', fetchInTurn),
  approach('Gatehouse', (machine) => {
    const receiver = ours(machine)
    return { ...receiver, stored: () => receiver.live()?.context.facts }
  }),
]

/** Those of the table in bench/README.md. */
export const COMPARED = { count: 150, seed: 20_261_028 }

/** In Markdown, as bench/README.md has it. */
export function comparison({ count, seed }: { count: number; seed: number }): string {
  const all = MACHINES.map((machine) => ({
    machine,
    played: fc.sample(histories(machine), { numRuns: count, seed }),
  }))
  const rows = APPROACHES.map(({ name, end }) => {
    const [whole, lossy] = [delivered, readBack].map((deliver) =>
      all.map(({ machine, played }) => played.map((history) => end(machine, deliver(history)))),
    )
    const ends = [whole, lossy].map((machines) => (machines ?? []).map(wrong).join(' · '))
    const calls = (lossy ?? []).flat().reduce((sum, ended) => sum + ended.calls, 0)
    const events = (lossy ?? []).flat().reduce((sum, ended) => sum + ended.events, 0)
    return `| ${[name, ...ends, Math.round((calls / events) * 100)].join(' | ')} |`
  })
  return [
    `| of ${count} histories each of ${MACHINES.join(' · ')} | end wrong, all delivered | a tenth lost, then read back | calls to Stripe for 100 events |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function approach<Question>(
  name: string,
  receiverOf: (machine: MachineName) => Receiver<Question> & { stored: () => Stored },
): Approach {
  return {
    name,
    end(machine, history) {
      const receiver = receiverOf(machine)
      let calls = 0
      const counting: Receiver<Question> = {
        ...receiver,
        onFetchStart(isOwed) {
          const question = receiver.onFetchStart(isOwed)
          if (isOwed && question !== null) calls += 1
          return question
        },
      }
      const form = { parts: partsOf(machine), connection: hasConnection(machine) }
      const { truth, events } = play(form, history, counting)
      return { isRight: isRight(machine, receiver.stored(), truth), calls, events }
    },
  }
}

/** A receiver without any event is not wrong. Of a disconnected account only the connection is compared. */
function isRight(machine: MachineName, stored: Stored, truth: Truth): boolean {
  if (!stored) return true
  const isConnected = stored[CONNECTION]?.value !== 'disconnected'
  if (!truth.connected || !isConnected) return truth.connected === isConnected
  const empty = Object.fromEntries(partsOf(machine).map(({ name }) => [name, { items: {} }]))
  return same(factsOf(machine, { ...empty, ...stored }), truthOf(machine, truth))
}

function wrong(ended: readonly Ended[]): number {
  return ended.filter(({ isRight }) => !isRight).length
}

function delivered(history: History): History {
  const steps = history.steps.map((step) =>
    'delivery' in step ? { ...step, delivery: { ...step.delivery, isLost: false } } : step,
  )
  return { ...history, steps }
}

/** Lost events are read back, as Stripe advises: https://docs.stripe.com/webhooks/process-undelivered-events */
function readBack(history: History): History {
  return { ...history, mended: 'read back' }
}
