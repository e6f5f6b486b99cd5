/** Starts the measured system as deployed, the built Worker in workerd and libSQL's server, and the Stripe simulator. */
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
import { startMeter, type Traffic } from './meter.ts'
import type { Target } from './operations.ts'
import { startSimulator } from './start-simulator.ts'
import { startWorkerd } from './workerd.ts'

/** The round-trip time to a database in another region. */
export const FAR_MS = 20

export interface Stack {
  /** Calls the database directly. */
  near: Target
  /** Calls the database and Stripe through meters. Every database round trip takes `FAR_MS` longer. */
  far: Target
  /** The calls of `far` since the start. */
  traffic: () => { libsql: Traffic; stripe: Traffic }
  /** An API key. */
  key: string
  /** Calls the simulator and returns the body of its response. */
  stripe: <T>(method: string, path: string, body?: object) => Promise<T>
  /** Creates an account with the API, optionally onboards it, and delivers a webhook about it. */
  makeOriginal: (name: string, options: { onboarded: boolean }) => Promise<Original>
  /** Stops the database, copies accounts into its file, and starts it again. */
  store: (
    copies: readonly { original: Original; ids: readonly string[] }[],
    onProgress?: (done: number) => void,
  ) => Promise<void>
  stop: () => Promise<void>
}

export async function startStack(): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const stop = async () => {
    // Stop in reverse order, so that no process calls one that has stopped.
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
      traffic: () => ({ libsql: libsql.traffic(), stripe: stripe.traffic() }),
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
        const received = await send({ ...delivery, url: `${urls.near}/webhooks/stripe/connect` })
        if (received.status !== 200) throw new Error(`webhook: ${received.status} ${received.text}`)
        return { account, event: id }
      },
      async store(copies, onProgress) {
        await sqld.stop()
        copyAccounts(join(stored.dir, 'dbs/default/data'), copies, onProgress)
        sqld = await startSqld(stored)
      },
    }
  }
}

/** Creates Gatehouse's tables and the floor's table; returns a new API key. */
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
