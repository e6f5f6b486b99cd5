/**
 * A process crashes at each of its calls outside: before the call, and after it, when the answer is lost. Another process takes
 * over, and the end is the same as without a crash: nothing lost, nothing done twice, no history with a gap. Running each flow
 * once counts its calls. The app's routes show that no flow is missing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { FLOWS, type Flow } from '../support/stack/flows.ts'
import { stateAndFacts } from '../support/stack/observe.ts'
import { openScene, type Scene } from '../support/stack/scene.ts'
import { expectTruth, stored } from '../support/stack/truth.ts'

let database: TestDatabase
let [calls, crashes] = [0, 0]

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
  console.log(`${Object.keys(FLOWS).length} flows, ${calls} calls, ${crashes} crashes.`)
})

const SIDES = ['before', 'after'] as const
interface Crash {
  /** The index of the call. */
  call: number
  side: (typeof SIDES)[number]
  /** Whether the client retries. Stripe and cron always do. */
  isRetried: boolean
}

/** The end of a flow: the stored instances and the objects at Stripe, without ids and times. */
interface End {
  instances: string[]
  atStripe: Record<string, number>
  answer: number | null
}

const NAMES = /\b(acct|pi|po|ch|re|pyr|fee|fr|ba|dp|du|evt|cs|in|txn|interv|tr)_[A-Za-z0-9_]{8,}/g
const SECONDS = /\b1[5-9]\d{8}\b/g

/** JSON without the ids and times that differ from run to run, and with sorted members. */
function withoutIds(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(withoutIds).join()}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${withoutIds(name)}:${withoutIds(member)}`)
    return `{${members.toSorted().join()}}`
  }
  return (JSON.stringify(value) ?? 'null').replaceAll(NAMES, '$1').replaceAll(SECONDS, 'then')
}

async function runFlow(flow: Flow, crash: Crash | null): Promise<{ end: End; callCount: number }> {
  const scene = await openScene(database, { seed: SEED })
  try {
    const known = (await flow.before?.(scene, database)) ?? ''
    let made = 0
    let hasCrashed = false
    scene.restart(async (send) => {
      made += 1
      if (made - 1 !== crash?.call) return send()
      hasCrashed = true
      if (crash.side === 'after') await send()
      scene.simulated().crash()
      throw new Error('crashed')
    })
    const act = () =>
      scene.scheduler.run(async () => (await flow.act(scene, known).catch(() => undefined)) ?? null)
    let answer = await act()
    await scene.scheduler.drain(60_000)
    const callCount = made
    expect(hasCrashed, 'whether the process crashed').toBe(crash !== null)
    if (hasCrashed) {
      crashes += 1
      scene.restart()
      if (crash?.isRetried && answer?.status === 0) answer = await act()
    }
    await scene.recover(LATER)
    await expectTruth(database, scene)
    return { end: await endOf(scene, answer?.status ?? null), callCount }
  } finally {
    scene.close()
  }
}

async function endOf({ stripe }: Scene, answer: number | null): Promise<End> {
  const instances = await stored(database)
  const accounts = (await stripe('GET', '/v1/accounts?limit=100')).data as { id: string }[]
  const atStripe: Record<string, number> = { accounts: accounts.length }
  for (const what of ['payment_intents', 'refunds', 'payouts', 'checkout/sessions']) {
    for (const { id } of accounts) {
      // oxlint-disable-next-line no-await-in-loop
      const { data = [] } = await stripe('GET', `/v1/${what}?limit=100`, undefined, id)
      atStripe[what] = (atStripe[what] ?? 0) + data.length
    }
  }
  return {
    instances: instances
      .map((one) => withoutIds([one.machine, one.external_id, one.value, stateAndFacts(one.machine, one)]))
      .toSorted(),
    atStripe,
    answer,
  }
}

/** In minutes: until leases expire, until Stripe retries, and until every instance has had its daily check. */
const LATER = [3, 70, 25 * 60]
/** `check` crashes before or after a call, in turn. The long run tries both sides, and also clients that never retry. */
const isLong = runs(0, 1) === 1
const crashesAt = (call: number): Crash[] =>
  isLong
    ? SIDES.flatMap((side) => [true, false].map((isRetried) => ({ call, side, isRetried })))
    : [{ call, side: call % 2 === 0 ? 'after' : 'before', isRetried: true }]

/** Without an answer and a retry, the operation may be done or not, but never more than once. */
function expectNoMore(found: End, end: End): void {
  for (const [what, count] of Object.entries(found.atStripe))
    expect(count, what).toBeLessThanOrEqual(end.atStripe[what] ?? 0)
}

describe.each(Object.entries(FLOWS))('%s', (_, flow) => {
  it(
    'ends the same, whichever call the process crashes at',
    async () => {
      const { end, callCount } = await runFlow(flow, null)
      expect(callCount).toBeGreaterThan(0)
      calls += callCount
      for (let call = 0; call < callCount; call += 1) {
        for (const crash of crashesAt(call)) {
          // oxlint-disable-next-line no-await-in-loop
          const { end: found } = await runFlow(flow, crash)
          if (found.answer !== 0) expect(found, `crash ${crash.side} call ${call}`).toEqual(end)
          else expectNoMore(found, end)
        }
      }
    },
    TIMEOUT,
  )
})

it('every route that changes something has a flow', () => {
  const app = createApp(() => {
    throw new Error('no route is called')
  })
  const changing = app.routes
    .filter(
      ({ method, path }) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && path.startsWith('/v1'),
    )
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  const covered = new Set(Object.values(FLOWS).map(({ route }) => route))
  expect([...new Set(changing)].filter((route) => !covered.has(route))).toEqual([])
})
