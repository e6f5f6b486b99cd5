/** The same histories to ours and to the naive ways: how many each ends wrong, and what it asks Stripe for that. */
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
  /** Of its own making; a look that a history holds is everybody's. */
  calls: number
  events: number
}

interface Way {
  name: string
  end: (machine: MachineName, history: History) => Ended
}

type Stored = Record<string, any> | undefined

export const WAYS: readonly Way[] = [
  way('last write wins', lastWriteWins),
  way('`created >` only', createdOnly),
  way('fetch on every event', fetchOnEvent),
  way('fetch, one at a time', fetchInTurn),
  way('Gatehouse', (machine) => {
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
  const rows = WAYS.map(({ name, end }) => {
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

function way<Question>(
  name: string,
  receiverOf: (machine: MachineName) => Receiver<Question> & { stored: () => Stored },
): Way {
  return {
    name,
    end(machine, history) {
      const receiver = receiverOf(machine)
      let calls = 0
      const counting: Receiver<Question> = {
        ...receiver,
        ask(isOwed) {
          const question = receiver.ask(isOwed)
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

/** Whoever has heard of nothing is not wrong. Of an account the platform may not see, only that is known. */
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

/** As Stripe advises: https://docs.stripe.com/webhooks/process-undelivered-events */
function readBack(history: History): History {
  return { ...history, mended: 'read back' }
}
