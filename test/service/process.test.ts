/** The service as one process on Node and on Deno: shutdown drains, and a kill loses no acknowledged webhook. */
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../support/database.ts'
import { startEmbeddedDatabase } from '../support/embedded-database.ts'
import { freePort } from '../support/free-port.ts'
import { ENVIRONMENT } from '../support/gatehouse.ts'
import { aKey } from '../support/keys.ts'
import { startProcess, type RunningProcess } from '../support/runtimes.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

/** The drain time that src/service.ts promises. */
const DRAIN_MS = 8_000
/** Time to exit when nothing has to be drained. */
const EXIT_MS = 4_000

const BALANCE = { object: 'balance', livemode: false, available: [], pending: [] }

describe.each(['node', 'deno'] as const)('the service on %s', (runtime) => {
  let database: TestDatabase
  let stripe: Server
  let stripeDelayMs: number
  let port: number
  let log: string[]
  let service: RunningProcess

  beforeEach(async () => {
    database = await startEmbeddedDatabase()
    stripeDelayMs = 0
    stripe = createServer((_, response) => {
      setTimeout(() => response.end(JSON.stringify(BALANCE)), stripeDelayMs).unref()
    }).listen(0, '127.0.0.1')
    await once(stripe, 'listening')
    port = await freePort()
    log = []
    service = await start()
  })
  afterEach(async () => {
    service.signal('SIGKILL')
    await service.exited
    stripe.closeAllConnections()
    stripe.close()
    await database.stop()
  })

  const start = () => {
    const address = stripe.address()
    const stripePort = typeof address === 'object' ? address?.port : 0
    return startProcess(runtime, {
      port,
      environment: {
        ...ENVIRONMENT,
        STRIPE_API_BASE: `http://127.0.0.1:${stripePort}`,
        LIBSQL_URL: database.url,
      },
      log: (line) => void log.push(line),
    })
  }
  const url = () => `http://127.0.0.1:${port}`

  async function send(event: Record<string, unknown>): Promise<number> {
    const response = await fetch(await signedWebhook(event, { url: url() }))
    await response.arrayBuffer()
    return response.status
  }

  /** Reads an account's balance, which needs a call to Stripe. */
  async function balance(): Promise<Response> {
    const key = await aKey(database)
    await send(anAccountEvent('acct_1'))
    return fetch(`${url()}/v1/accounts/acct_1/balance`, { headers: { authorization: `Bearer ${key}` } })
  }

  async function exitAfter(...signals: NodeJS.Signals[]): Promise<{ code: unknown; ms: number }> {
    const started = performance.now()
    for (const signal of signals) {
      service.signal(signal)
      // oxlint-disable-next-line no-await-in-loop
      await sleep(200)
    }
    const code = await service.exited
    return { code, ms: performance.now() - started }
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers the requests in flight after %s, and accepts no new ones',
    async (signal) => {
      expect((await balance()).status).toBe(200)
      stripeDelayMs = 1_000
      const inFlight = balance()
      await sleep(300)
      service.signal(signal)
      await sleep(200)
      await expect(fetch(`${url()}/healthz`)).rejects.toThrow('fetch failed')
      expect((await inFlight).status).toBe(200)
      expect(await service.exited).toBe(0)
      expect(log.at(-1)).toBe('{"level":"info","message":"stopped","drained":true}')
    },
  )

  it('keeps an idle connection open for more than six seconds, so that a proxy can reuse it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const request = async () => {
      const sent = get(`${url()}/healthz`, { agent })
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return { status: response.statusCode, reused: sent.reusedSocket }
    }
    await request()
    await sleep(6_500)
    expect(await request()).toEqual({ status: 200, reused: true })
    agent.destroy()
  })

  it('exits within its drain time when a call to Stripe hangs, and the effect stays in the outbox', async () => {
    stripeDelayMs = 60_000
    const hanging = balance().catch(() => null)
    await sleep(300)
    const { code, ms } = await exitAfter('SIGTERM')
    expect(code).toBe(0)
    expect(ms).toBeLessThan(DRAIN_MS + EXIT_MS)
    expect(log.at(-1)).toBe('{"level":"info","message":"stopped","drained":false}')
    expect(await database.rows('SELECT name FROM outbox WHERE done_at IS NULL')).not.toEqual([])
    await hanging
  })

  it('exits at once on a second signal', async () => {
    stripeDelayMs = 60_000
    const hanging = balance().catch(() => null)
    await sleep(300)
    const { code, ms } = await exitAfter('SIGTERM', 'SIGTERM')
    expect(code).toBe(1)
    expect(ms).toBeLessThan(EXIT_MS)
    await hanging
  })

  it('loses no acknowledged webhook when it is killed, and accepts webhooks after a restart', async () => {
    const acknowledged: string[] = []
    const killed = new AbortController()
    const sender = async (account: number) => {
      while (!killed.signal.aborted) {
        const event = anAccountEvent(`acct_${account}`)
        // oxlint-disable-next-line no-await-in-loop
        const status = await send(event).catch(() => 0)
        if (status === 200) acknowledged.push(event['id'] as string)
      }
    }
    const senders = Array.from({ length: 16 }, (_, account) => sender(account))
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50)
    service.signal('SIGKILL')
    await service.exited
    killed.abort()
    await Promise.all(senders)
    service = await start()
    const stored = new Set((await database.rows('SELECT id FROM inbox')).map(({ id }) => id))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(await send(anAccountEvent('acct_1'))).toBe(200)
  })

  it('names an invalid variable without its value, and does not start', async () => {
    const environment = { ...ENVIRONMENT, LIBSQL_URL: database.url, SIGNING_SECRET: 'abcdefghij' }
    const failing = startProcess(runtime, { port: await freePort(), environment, log: () => {} })
    await expect(failing).rejects.toThrow(
      'The service exited with 1:\nConfiguration: SIGNING_SECRET must have at least 32 characters.',
    )
  })
})
