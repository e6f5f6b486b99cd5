/** One operation beside its floors: how fast, and for how many round trips, rows and calls to Stripe. */
import { setTimeout as sleep } from 'node:timers/promises'
import { after, emptySample, figures, load, type Sample } from './load.ts'
import type { Operation, Target } from './operations.ts'
import type { Stack } from './stack.ts'

/** What is compared takes turns: a machine that is slower for a while is so for both. */
const ROUNDS = 3

export interface Speed {
  requests_per_second: number
  p50_ms: number
  p99_ms: number
}

export interface Measured extends Speed {
  /** `times`: how many of the floor are done in the time of one of these. */
  floors: Record<string, Speed & { times: number }>
}

/** Per request, sent one after the other. */
export interface Cost {
  libsql_round_trips: number
  rows_read: number
  rows_written: number
  stripe_calls: number
}

export async function measure(
  { fire, floors }: Operation,
  target: Target,
  { seconds, connections }: { seconds: number; connections: number },
): Promise<Measured> {
  const turns = [fire, ...Object.values(floors)].map((once) => ({ once, sample: emptySample() }))
  const turnMs = (seconds * 1000) / ROUNDS
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { once, sample } of turns) {
      // oxlint-disable no-await-in-loop
      if (round === 0)
        await load(emptySample(), () => once(target), { isDone: after(turnMs / 4), connections })
      await load(sample, () => once(target), { isDone: after(turnMs), connections })
      // oxlint-enable no-await-in-loop
    }
  }
  const [own, ...others] = turns.map(({ sample }) => speed(sample))
  if (!own) throw new Error('nothing was measured')
  const compared = Object.keys(floors).flatMap((name, index) => {
    const floor = others[index]
    if (!floor) return []
    const times = Math.round((floor.requests_per_second / own.requests_per_second) * 100) / 100
    return [[name, { ...floor, times }] as const]
  })
  return { ...own, floors: Object.fromEntries(compared) }
}

function speed(sample: Sample): Speed {
  const { perSecond, p50, p99 } = figures(sample)
  return { requests_per_second: perSecond, p50_ms: p50, p99_ms: p99 }
}

export async function count(
  { fire }: Operation,
  stack: Pick<Stack, 'far' | 'passed'>,
  { requests }: { requests: number },
): Promise<Cost> {
  // What the first request of all does once, is not what each costs.
  await fire(stack.far)
  const before = await settled(stack)
  for (let sent = 0; sent < requests; sent += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await fire(stack.far)
  }
  const done = await settled(stack)
  const each = (total: number) => Math.round((total / requests) * 100) / 100
  return {
    libsql_round_trips: each(done.libsql.calls - before.libsql.calls),
    rows_read: each(done.libsql.rowsRead - before.libsql.rowsRead),
    rows_written: each(done.libsql.rowsWritten - before.libsql.rowsWritten),
    stripe_calls: each(done.stripe.calls - before.stripe.calls),
  }
}

/** What a request leaves to be done after its answer counts as well. */
async function settled({ passed }: Pick<Stack, 'passed'>) {
  for (let last = passed(); ;) {
    // oxlint-disable-next-line no-await-in-loop
    await sleep(250)
    const now = passed()
    if (now.libsql.calls === last.libsql.calls && now.stripe.calls === last.stripe.calls) return now
    last = now
  }
}
