import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'

/**
 * `node bench/simulator.ts [accounts] [requests]`: what the Stripe simulator can take, so that no benchmark of ours
 * measures the simulator instead. Throughput is per second of the simulator's own CPU time: one core's worth, however
 * busy the machine is.
 */
const accounts = Number(process.argv[2] ?? 100_000)
const requests = Number(process.argv[3] ?? 10_000)
const connections = 16
const agent = new Agent({ keepAlive: true, maxSockets: connections })

const serve = fileURLToPath(new URL('../dev/stripe/serve.ts', import.meta.url))
const child = spawn(process.execPath, [serve], {
  env: { ...process.env, STRIPE_SIM_PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const sink = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end('ok')))
try {
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString('utf8'))?.[0] ?? ''
  console.table(await measure(url))
} finally {
  child.kill('SIGTERM')
  sink.close()
  agent.destroy()
}

interface Row {
  readonly what: string
  readonly 'per CPU second': number
  readonly 'per second': number
  readonly 'p99 ms': number
  readonly 'resident MB': number
}

async function measure(url: string): Promise<Row[]> {
  const empty = await stats(url)
  const { first } = await json<{ first: string }>(
    url,
    'POST',
    '/_sim/accounts',
    JSON.stringify({ count: accounts, state: 'enabled' }),
  )
  const full = await stats(url)
  console.log(
    `${accounts} accounts: ${full.rss_mb} MB resident, ${Math.round(((full.rss_mb - empty.rss_mb) * 1e6) / accounts)} bytes each, made in ${full.cpu_ms - empty.cpu_ms} ms`,
  )
  const pay = () =>
    call(
      url,
      'POST',
      '/v1/payment_intents',
      'amount=1000&currency=usd&application_fee_amount=50&payment_method=pm_card_visa&confirm=true&return_url=https%3A%2F%2Fp.example',
      first,
    )
  const rows = [
    await run(url, 'retrieve an account', () => call(url, 'GET', `/v1/accounts/${first}`)),
    await run(url, 'list 100 accounts', () => call(url, 'GET', `/v1/accounts?limit=100`), requests / 10),
    await run(url, 'update an account', () => call(url, 'POST', `/v1/accounts/${first}`, 'metadata[a]=b')),
    await run(url, 'create and confirm a payment', pay),
    await run(url, 'list 20 events', () => call(url, 'GET', '/v1/events?limit=20', undefined, first)),
  ]
  await listen(url)
  return [...rows, await run(url, 'the same payment, all its webhooks delivered', pay, requests, settled)]

  async function settled(): Promise<void> {
    await send(url, 'POST', '/_sim/clock', '{"advance_s":2}')
  }
}

/** A receiver that takes everything, at both endpoints. */
async function listen(url: string): Promise<void> {
  sink.listen(0, '127.0.0.1')
  await once(sink, 'listening')
  const address = sink.address()
  const target = encodeURIComponent(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  for (const connect of [true, false]) {
    await call(url, 'POST', '/v1/webhook_endpoints', `url=${target}&enabled_events[]=*&connect=${connect}`)
  }
}

async function run(
  url: string,
  what: string,
  once: () => Promise<void>,
  times = requests,
  finish?: () => Promise<void>,
): Promise<Row> {
  const before = await stats(url)
  const started = performance.now()
  const took: number[] = []
  let left = times
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) {
        const at = performance.now()
        await once()
        took.push(performance.now() - at)
      }
    }),
  )
  await finish?.()
  const seconds = (performance.now() - started) / 1000
  const after = await stats(url)
  took.sort((a, b) => a - b)
  return {
    what,
    'per CPU second': Math.round(times / ((after.cpu_ms - before.cpu_ms) / 1000)),
    'per second': Math.round(times / seconds),
    'p99 ms': Math.round((took[Math.floor(took.length * 0.99)] ?? 0) * 10) / 10,
    'resident MB': after.rss_mb,
  }
}

async function stats(url: string): Promise<{ rss_mb: number; cpu_ms: number }> {
  return (await json<{ process: { rss_mb: number; cpu_ms: number } }>(url, 'GET', '/_sim')).process
}

async function json<T>(url: string, method: string, path: string, body?: string): Promise<T> {
  return JSON.parse(await send(url, method, path, body)) as T
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: string,
  account?: string,
): Promise<void> {
  await send(url, method, path, body, account)
}

function send(url: string, method: string, path: string, body?: string, account?: string): Promise<string> {
  const headers = {
    authorization: 'Bearer sk_test_bench',
    'content-type': 'application/x-www-form-urlencoded',
    ...(account === undefined ? {} : { 'stripe-account': account }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url + path, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
