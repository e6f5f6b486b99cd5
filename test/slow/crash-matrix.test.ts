/**
 * A process dies at every place where it does something outside: before it, and after it, when the answer is lost. Another
 * takes over, and it ends as if nothing had happened: nothing lost, nothing doubled, no history with a gap. The places
 * are found by running each flow once; that no flow is missing, by the routes there are.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, SEED, TIMEOUT } from '../support/runs.ts'
import { FLOWS, type Flow } from '../support/stack/flows.ts'
import { believed } from '../support/stack/observe.ts'
import { openScene, type Scene } from '../support/stack/scene.ts'
import { expectTruth, stored } from '../support/stack/truth.ts'

let database: TestDatabase
let [places, deaths] = [0, 0]

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
  console.log(`${Object.keys(FLOWS).length} flows, ${places} places, ${deaths} deaths.`)
})

const SIDES = ['before', 'after'] as const
interface Death {
  place: number
  side: (typeof SIDES)[number]
  /** Whether the client asks again. Stripe and the clock always do. */
  again: boolean
}

/** How it ended: what there is, by kind, and what it says, whatever its name and its second. */
interface End {
  instances: string[]
  atStripe: Record<string, number>
  answer: number | null
}

const NAMES = /\b(acct|pi|po|ch|re|pyr|fee|fr|ba|dp|du|evt|cs|in|txn|interv|tr)_[A-Za-z0-9_]{8,}/g
const SECONDS = /\b1[5-9]\d{8}\b/g

/** JSON without the names and times that differ from life to life; in which order members came to be known, does too. */
function nameless(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(nameless).join()}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${nameless(name)}:${nameless(member)}`)
    return `{${members.toSorted().join()}}`
  }
  return (JSON.stringify(value) ?? 'null').replaceAll(NAMES, '$1').replaceAll(SECONDS, 'then')
}

async function live(flow: Flow, death: Death | null): Promise<{ end: End; left: number }> {
  const scene = await openScene(database, { seed: SEED })
  try {
    const known = (await flow.before?.(scene, database)) ?? ''
    let left = 0
    let hasDied = false
    scene.begin(async (act) => {
      left += 1
      if (left - 1 !== death?.place) return act()
      hasDied = true
      if (death.side === 'after') await act()
      scene.life().die()
      throw new Error('dead')
    })
    const act = () =>
      scene.stage.run(async () => (await flow.act(scene, known).catch(() => undefined)) ?? null)
    let answer = await act()
    await scene.stage.drain(60_000)
    const inAll = left
    expect(hasDied, 'the place was come to').toBe(death !== null)
    if (hasDied) {
      deaths += 1
      scene.begin()
      if (death?.again && answer?.status === 0) answer = await act()
    }
    await scene.mend(LATER)
    await expectTruth(database, scene)
    return { end: await endOf(scene, answer?.status ?? null), left: inAll }
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
      .map((one) => nameless([one.machine, one.external_id, one.value, believed(one.machine, one)]))
      .toSorted(),
    atStripe,
    answer,
  }
}

/** Leases have run out; Stripe has come again; a day has passed, after which everything is looked at. */
const LATER = [3, 70, 25 * 60]
/** In `check` a process dies before or after a place, in turn; in the long run on both sides, and nobody comes again, too. */
const isLong = runs(0, 1) === 1
const deathsAt = (place: number): Death[] =>
  isLong
    ? SIDES.flatMap((side) => [true, false].map((again) => ({ place, side, again })))
    : [{ place, side: place % 2 === 0 ? 'after' : 'before', again: true }]

/** Whoever was not answered and does not come again may find it done or not, and never more than that. */
function expectNoMore(found: End, end: End): void {
  for (const [what, count] of Object.entries(found.atStripe))
    expect(count, what).toBeLessThanOrEqual(end.atStripe[what] ?? 0)
}

describe.each(Object.entries(FLOWS))('%s', (_, flow) => {
  it(
    'ends the same wherever the process dies',
    async () => {
      const { end, left } = await live(flow, null)
      expect(left).toBeGreaterThan(0)
      places += left
      for (let place = 0; place < left; place += 1) {
        for (const death of deathsAt(place)) {
          // oxlint-disable-next-line no-await-in-loop
          const { end: found } = await live(flow, death)
          if (found.answer !== 0) expect(found, `dead ${death.side} ${place}`).toEqual(end)
          else expectNoMore(found, end)
        }
      }
    },
    TIMEOUT,
  )
})

it('has a flow for every route that changes something', () => {
  const app = createApp(() => {
    throw new Error('nothing is called')
  })
  const changing = app.routes
    .filter(
      ({ method, path }) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && path.startsWith('/v1'),
    )
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  const covered = new Set(Object.values(FLOWS).map(({ route }) => route))
  expect([...new Set(changing)].filter((route) => !covered.has(route))).toEqual([])
})
