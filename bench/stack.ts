/** What is measured runs as deployed: the built Worker in workerd, libSQL's server; and beside them the Stripe simulator. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/web'
import { startSqld } from '../dev/sqld.ts'
import { applyMigrations, readMigrations } from '../migrations/apply.ts'
import { SCOPES } from '../src/http/api-key.ts'
import { bundle } from '../test/support/build-worker.ts'
import { freePort } from '../test/support/free-port.ts'
import { ENVIRONMENT } from '../test/support/gatehouse.ts'
import { aKey } from '../test/support/keys.ts'
import { copyAccounts, type Original } from './copy-accounts.ts'
import { accountUpdated } from './events.ts'
import { send } from './load.ts'
import { startMeter, type Passed } from './meter.ts'
import type { Target } from './operations.ts'
import { startSimulator } from './start-simulator.ts'
import { startWorkerd } from './workerd.ts'

/** How far away a database is that is not in the same place. */
export const FAR_MS = 20

export interface Stack {
  /** Beside its database. */
  near: Target
  /** `FAR_MS` more for every round trip, each of which is counted. */
  far: Target
  /** All that `far` has asked of either up to now. */
  passed: () => { libsql: Passed; stripe: Passed }
  /** An API key. */
  key: string
  /** Answers with what the simulator says. */
  stripe: <T>(method: string, path: string, body?: object) => Promise<T>
  /** Makes an account with the API, onboards it if asked to, and tells of it as Stripe does. */
  makeOriginal: (name: string, options: { onboarded: boolean }) => Promise<Original>
  /** Stops the database and copies accounts into it. */
  store: (
    copies: readonly { original: Original; ids: readonly string[] }[],
    at?: (done: number) => void,
  ) => Promise<void>
  stop: () => Promise<void>
}

export async function startStack(): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const stop = async () => {
    // What was started last ends first.
    // oxlint-disable-next-line no-await-in-loop
    for (const each of stops.toReversed()) await each().catch((error: unknown) => console.error(error))
  }
  try {
    return { ...(await start()), stop }
  } catch (error) {
    await stop()
    throw error
  }

  async function start(): Promise<Omit<Stack, 'stop'>> {
    const [gatehouse, floor] = await Promise.all([
      bundle('src/worker.ts', join(dir, 'built')),
      bundle('bench/floor.ts', join(dir, 'built')),
    ])
    const stored = { dir: join(dir, 'libsql'), port: await freePort() }
    let sqld = await startSqld(stored)
    stops.push(() => sqld.stop())
    const key = await prepare(sqld.url)

    const simulator = await startSimulator()
    stops.push(simulator.stop)
    const libsql = await startMeter(sqld.url, FAR_MS)
    stops.push(libsql.close)
    const stripe = await startMeter(simulator.url)
    stops.push(stripe.close)

    const near = { ...ENVIRONMENT, LIBSQL_URL: sqld.url, STRIPE_API_BASE: simulator.url }
    const far = { ...ENVIRONMENT, LIBSQL_URL: libsql.url, STRIPE_API_BASE: stripe.url }
    const workerd = await startWorkerd(
      {
        near: { bundle: gatehouse, bindings: near },
        nearFloor: { bundle: floor, bindings: near },
        far: { bundle: gatehouse, bindings: far },
        farFloor: { bundle: floor, bindings: far },
      },
      join(dir, 'workerd'),
    )
    stops.push(workerd.stop)
    const { urls } = workerd
    const ask = <T>(method: string, path: string, body?: object) =>
      askJson<T>(simulator.url, method, path, body)

    return {
      near: { gatehouse: urls.near, floor: urls.nearFloor },
      far: { gatehouse: urls.far, floor: urls.farFloor },
      passed: () => ({ libsql: libsql.passed(), stripe: stripe.passed() }),
      key,
      stripe: ask,
      async makeOriginal(name, { onboarded }) {
        const api = { authorization: `Bearer ${key}`, 'idempotency-key': crypto.randomUUID() }
        const { id: account } = await askJson<{ id: string }>(
          urls.near,
          'POST',
          '/v1/accounts',
          { external_id: name },
          api,
        )
        if (onboarded) await ask('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
        await askJson(urls.near, 'POST', `/v1/accounts/${account}/refresh`, undefined, {
          ...api,
          'idempotency-key': crypto.randomUUID(),
        })
        const { id, delivery } = accountUpdated({
          ...(await ask('GET', `/v1/accounts/${account}`)),
          id: account,
        })
        const heard = await send({ ...delivery, url: `${urls.near}/webhooks/stripe/connect` })
        if (heard.status !== 200) throw new Error(`webhook: ${heard.status} ${heard.text}`)
        return { account, event: id }
      },
      async store(copies, at) {
        await sqld.stop()
        copyAccounts(join(stored.dir, 'dbs/default/data'), copies, at)
        sqld = await startSqld(stored)
      },
    }
  }
}

/** The tables and one for the floor; an API key. */
async function prepare(url: string): Promise<string> {
  const client = createClient({ url, intMode: 'number' })
  await applyMigrations(client, await readMigrations())
  await client.execute('CREATE TABLE floor (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT')
  const key = await aKey({ client }, SCOPES, 'bench')
  client.close()
  return key
}

async function askJson<T>(
  base: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = { authorization: `Bearer ${ENVIRONMENT.STRIPE_SECRET_KEY}` },
): Promise<T> {
  const answer = await send({
    method,
    url: `${base}${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return JSON.parse(answer.text) as T
}
