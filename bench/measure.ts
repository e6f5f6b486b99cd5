/** Measures an operation and its floors: speed, round trips, rows and calls to Stripe. */
import { setTimeout as sleep } from 'node:timers/promises'
import { after, emptySample, figures, load, type Sample } from './load.ts'
import type { Operation, Target } from './operations.ts'
import type { Stack } from './stack.ts'

/** The operation and its floors take turns, so that a temporary slowdown of the machine affects all of them. */
const ROUNDS = 3

export interface Speed {
  requests_per_second: number
  p50_ms: number
  p99_ms: number
}

export interface Measured extends Speed {
  /** `times`: the floor's requests per second, divided by the operation's. */
  floors: Record<string, Speed & { times: number }>
}

/** Averages per request. The requests are sent one after the other. */
export interface Cost {
  libsql_round_trips: number
  rows_read: number
  rows_written: number
  stripe_calls: number
}

export async function measure(
  { run, floors }: Operation,
  target: Target,
  { seconds, connections }: { seconds: number; connections: number },
): Promise<Measured> {
  const turns = [run, ...Object.values(floors)].map((request) => ({ request, sample: emptySample() }))
  const turnMs = (seconds * 1000) / ROUNDS
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { request, sample } of turns) {
      // oxlint-disable no-await-in-loop
      if (round === 0)
        await load(emptySample(), () => request(target), { isDone: after(turnMs / 4), connections })
      await load(sample, () => request(target), { isDone: after(turnMs), connections })
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
  { run }: Operation,
  stack: Pick<Stack, 'far' | 'traffic'>,
  { requests }: { requests: number },
): Promise<Cost> {
  // Warm up: the first request does one-time work.
  await run(stack.far)
  const atStart = await settled(stack)
  for (let sent = 0; sent < requests; sent += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await run(stack.far)
  }
  const atEnd = await settled(stack)
  const each = (total: number) => Math.round((total / requests) * 100) / 100
  return {
    libsql_round_trips: each(atEnd.libsql.calls - atStart.libsql.calls),
    rows_read: each(atEnd.libsql.rowsRead - atStart.libsql.rowsRead),
    rows_written: each(atEnd.libsql.rowsWritten - atStart.libsql.rowsWritten),
    stripe_calls: each(atEnd.stripe.calls - atStart.stripe.calls),
  }
}

/** Waits until no more calls are made: work after a response counts too. */
async function settled({ traffic }: Pick<Stack, 'traffic'>) {
  for (let last = traffic(); ;) {
    // oxlint-disable-next-line no-await-in-loop
    await sleep(250)
    const now = traffic()
    if (now.libsql.calls === last.libsql.calls && now.stripe.calls === last.stripe.calls) return now
    last = now
  }
}
