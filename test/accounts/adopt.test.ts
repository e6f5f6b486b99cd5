/** `npm run adopt` adopts a platform's existing accounts. It can be killed and resumed, and stays within rate limits. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { serveSimulator, type AccountState as State, type ServedSimulator } from 'stripe-connect-simulator'
import { adoptCommand, PER_SECOND } from '../../src/commands/adopt.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { ran } from '../support/terminal.ts'

/** The number of accounts in the walk that is killed and resumed. */
const ACCOUNTS = Number(process.env['ADOPT_ACCOUNTS'] ?? 1_200)

let database: TestDatabase
let stripe: ServedSimulator

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  stripe = await serveSimulator({ port: 0, live: false })
  return () => stripe.close()
})

const env = () => ({
  LIBSQL_URL: database.url,
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_API_BASE: stripe.url,
})

async function sim(method: string, path: string, body?: object) {
  const response = await fetch(`${stripe.url}${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_1', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await response.json()) as any
}

/** The states that Gatehouse derives for an account in each of the simulator's states. */
const DERIVED: Record<State, object> = {
  new: { onboarding: 'created', charges: 'inactive', payouts: 'off' },
  enabled: { onboarding: 'enabled', charges: 'active', payouts: 'on' },
  restricted_soon: { onboarding: 'restricted_soon', charges: 'active', payouts: 'on' },
  restricted: { onboarding: 'restricted', charges: 'inactive', payouts: 'off' },
  in_review: { onboarding: 'in_review', charges: 'inactive', payouts: 'off' },
  rejected: { onboarding: 'rejected', charges: 'inactive', payouts: 'off' },
}
const STATES = Object.keys(DERIVED) as State[]

/** Creates accounts at Stripe, evenly over all states; returns the state of each id. */
async function createAccounts(count: number): Promise<Map<string, State>> {
  const created = new Map<string, State>()
  for (const state of STATES) {
    const share = Math.ceil((count - created.size) / (STATES.length - STATES.indexOf(state)))
    for (let left = share; left > 0; left -= 1_000) {
      // oxlint-disable-next-line no-await-in-loop
      const { ids } = await sim('POST', '/_sim/accounts', { count: Math.min(left, 1_000), state })
      for (const id of ids as string[]) created.set(id, state)
    }
  }
  return created
}

interface StoredAccount {
  id: string
  seq: number
  value: Record<string, string>
}

async function storedAccounts(): Promise<Map<string, StoredAccount>> {
  const rows = await database.rows('SELECT id, seq, value FROM instances')
  return new Map(
    rows.map(({ id, seq, value }) => [
      id as string,
      { id: id as string, seq: seq as number, value: JSON.parse(value as string) },
    ]),
  )
}

const unwatched = { progress: { at: () => {}, end: () => {} }, isStopped: () => false }
const adopt = (line = '--rate 20', watched = unwatched) =>
  ran((terminal) => adoptCommand(terminal, watched), line.split(' '), {
    env: env(),
    // No test here depends on real time.
    sleep: async () => {},
  })

describe(`the adoption of ${ACCOUNTS} accounts`, () => {
  it('stores each account once, in Stripe’s state and within the rate limit, though killed twice', async () => {
    await sim('POST', '/_sim/switches', { rate_limit: { per_second: 25, per_endpoint: 25 } })
    const created = await createAccounts(ACCOUNTS)
    const kills = [0.25, 0.6]
    for (const share of kills) {
      const child = start()
      // oxlint-disable no-await-in-loop
      await until(async () => (await storedAccounts()).size >= ACCOUNTS * share)
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect((await storedAccounts()).size, 'accounts stored before the kill').toBeLessThan(ACCOUNTS)
      // oxlint-enable no-await-in-loop
    }
    const last = start()
    const [output] = await Promise.all([read(last), once(last, 'exit')])
    expect(last.exitCode, output).toBe(0)
    expect(output).toContain(
      `Stripe lists ${ACCOUNTS} accounts: ${ACCOUNTS} were imported, 0 were already known.`,
    )

    const all = await storedAccounts()
    expect(all.size).toBe(ACCOUNTS)
    const wrong = [...all.values()].filter(
      ({ id, seq, value }) =>
        seq !== 1 || JSON.stringify(pick(value)) !== JSON.stringify(DERIVED[created.get(id) ?? 'new']),
    )
    expect(wrong).toEqual([])
    const { data: requests } = await sim('GET', '/_sim/requests')
    const calls = requests as { at: number; status: number }[]
    expect(calls.filter(({ status }) => status === 429)).toEqual([])
    expect(calls.length).toBeGreaterThanOrEqual(ACCOUNTS / 100)
    // A late timer may add one call to a second, and so may a new process that follows a killed one.
    expect(highestCount(calls.map(({ at }) => at)), 'calls in one second').toBeLessThanOrEqual(PER_SECOND + 2)
    const causes = await database.rows('SELECT DISTINCT cause_kind FROM transitions')
    expect(causes).toMatchObject([{ cause_kind: 'adopt' }])
  }, 300_000)

  function start(): ChildProcess {
    return spawn(process.execPath, ['src/commands/adopt.ts'], {
      env: { ...process.env, ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  async function read(child: ChildProcess): Promise<string> {
    const chunks: Buffer[] = []
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    for await (const chunk of child.stdout ?? []) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  }
})

function highestCount(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Math.max(...counts.values())
}

function pick({ onboarding, charges, payouts }: Record<string, string>) {
  return { onboarding, charges, payouts }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000
  // oxlint-disable-next-line no-await-in-loop
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('the condition did not hold within two minutes')
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('the adoption', () => {
  it('ends with a summary of the accounts by state', async () => {
    await createAccounts(12)
    const { code, out } = await adopt()
    expect(code).toBe(0)
    expect(out[0]).toBe('Stripe lists 12 accounts: 12 were imported, 0 were already known.')
    expect(out[1]).toContain('by state')
    expect(out.slice(2, 5).map((line) => line.split(/ {2,}/)[0])).toEqual([
      'onboarding',
      'charges',
      'payouts',
    ])
    expect(out[2]).toContain('2 restricted_soon')
  })

  it('finds nothing new and changes no fact when repeated', async () => {
    await createAccounts(12)
    await adopt()
    const states = async () => [...(await storedAccounts()).values()].map(({ id, value }) => ({ id, value }))
    const before = await states()
    const { code, out } = await adopt()
    expect(code).toBe(0)
    expect(out[0]).toBe('Stripe lists 12 accounts: 0 were imported, 12 were already known.')
    expect(await states()).toEqual(before)
    const changes = await database.rows('SELECT changed FROM transitions WHERE seq > 1')
    expect(changes.filter(({ changed }) => changed !== '{}')).toEqual([])
  })

  it('of no accounts succeeds', async () => {
    const { code, out } = await adopt()
    expect(code).toBe(0)
    expect(out[0]).toBe('Stripe lists 0 accounts: 0 were imported, 0 were already known.')
  })

  it('stops after the current page when asked to, and the next run resumes there', async () => {
    await createAccounts(250)
    const stopped = await adopt('--rate 20', { ...unwatched, isStopped: () => true })
    expect(stopped).toMatchObject({
      code: 1,
      err: ['Stopped after 0 accounts. Run it again to continue there.'],
    })
    let pages = 0
    const halfway = await adopt('--rate 20', { ...unwatched, isStopped: () => (pages += 1) > 1 })
    expect(halfway.code).toBe(1)
    expect((await storedAccounts()).size).toBe(100)
    const { code, out, err } = await adopt()
    expect({ code, err }).toEqual({ code: 0, err: ['Continuing after 100 accounts.'] })
    expect(out[0]).toBe('Stripe lists 250 accounts: 250 were imported, 0 were already known.')
  })

  it('starts over if the account it stopped at no longer exists', async () => {
    await createAccounts(150)
    let pages = 0
    await adopt('--rate 20', { ...unwatched, isStopped: () => (pages += 1) > 1 })
    const [cursor] = await database.rows("SELECT value FROM cursors WHERE name = 'adopt'")
    const { after } = JSON.parse(cursor?.['value'] as string) as { after: string }
    await fetch(`${stripe.url}/v1/accounts/${after}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer sk_test_1' },
    })
    const { code, out, err } = await adopt()
    expect(code).toBe(0)
    expect(err.join()).toContain('starting over')
    expect(out[0]).toBe('Stripe lists 149 accounts: 50 were imported, 99 were already known.')
    expect((await storedAccounts()).size).toBe(150)
  })

  it('retries after a 429 and after a lost connection', async () => {
    await createAccounts(120)
    await sim('POST', '/_sim/faults', { route: 'GET /v1/accounts', status: 429, times: 2 })
    await sim('POST', '/_sim/faults', { route: 'GET /v1/accounts', reset: true, times: 3, skip: 1 })
    expect((await adopt()).code).toBe(0)
    expect((await storedAccounts()).size).toBe(120)
  })

  it('fails with Stripe’s message after a 401', async () => {
    await sim('POST', '/_sim/faults', { route: 'GET /v1/accounts', status: 401, times: 1 })
    const { code, err } = await adopt()
    expect(code).toBe(1)
    expect(err.join()).toContain('The call to Stripe failed')
  })

  it('restores an account’s external_id and counts the unsupported accounts', async () => {
    await sim('POST', '/_sim/accounts', { state: 'enabled', metadata: { gatehouse_external_id: 'shop-1' } })
    await fetch(`${stripe.url}/v1/accounts`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_1' },
      body: new URLSearchParams({ type: 'express' }),
    })
    const { out } = await adopt()
    expect(out.at(-1)).toContain('1 of the imported accounts have an unsupported Connect configuration')
    const named = await database.rows('SELECT external_id FROM instances WHERE external_id IS NOT NULL')
    expect(named).toMatchObject([{ external_id: 'shop-1' }])
  })

  it('skips an account that a newer version has written, and fails with its id', async () => {
    const [id] = [...(await createAccounts(1)).keys()]
    await adopt()
    await database.client.execute('UPDATE instances SET version = 99')
    const { code, err } = await adopt()
    expect(code).toBe(1)
    expect(err.join('\n')).toContain(`${id} was not imported: UnreadableState`)
  })

  it.for([5, 20])('at %i calls a second never calls faster, retries included', async (rate) => {
    await createAccounts(1_000)
    await sim('POST', '/_sim/faults', { route: 'GET /v1/accounts', status: 429, times: 3, skip: 2 })
    let clock = Date.now()
    const starts: number[] = []
    const { code, err } = await ran(
      (terminal) => adoptCommand(terminal, unwatched),
      ['--rate', String(rate)],
      {
        env: env(),
        now: () => clock,
        sleep: async (ms) => {
          expect(ms).toBeGreaterThan(0)
          clock += Math.ceil(ms)
        },
        fetch: (input, init) => {
          const request = new Request(input, init)
          if (request.url.startsWith(stripe.url)) starts.push(clock)
          return fetch(request)
        },
      },
    )
    expect(code, err.join('\n')).toBe(0)
    expect(starts).toHaveLength(13)
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000 / rate)
    expect(
      gaps.filter((gap) => gap >= 2_000),
      'gaps as long as Stripe’s Retry-After',
    ).toHaveLength(3)
  })

  it.for(['0', '-1', '21', 'fast'])('at the rate %s is refused', async (rate) => {
    const { code, err } = await adopt(`--rate=${rate}`)
    expect(code).toBe(2)
    expect(err.join()).toContain('at most 20')
  })
})
