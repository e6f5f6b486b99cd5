/**
 * `node bench/simulator.ts [accounts] [requests]`: measures the Stripe simulator's capacity, to show that it does not limit
 * the other benchmarks. Throughput is per second of the simulator's CPU time, so other load on the machine hardly matters.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { closeConnections, emptySample, figures, load, send, times } from './load.ts'
import { startSimulator } from './start-simulator.ts'

const accounts = Number(process.argv[2] ?? 100_000)
const requests = Number(process.argv[3] ?? 10_000)

const simulator = await startSimulator()
const sink = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end('ok')))
try {
  console.table(await measure(simulator.url))
} finally {
  await simulator.stop()
  sink.close()
  closeConnections()
}

interface Row {
  readonly operation: string
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
    `${accounts} accounts: ${full.rss_mb} MB resident, ${Math.round(((full.rss_mb - empty.rss_mb) * 1e6) / accounts)} bytes each, created in ${full.cpu_ms - empty.cpu_ms} ms`,
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
  return [...rows, await run(url, 'create a payment and deliver its webhooks', pay, requests, settled)]

  async function settled(): Promise<void> {
    await ask(url, 'POST', '/_sim/clock', '{"advance_s":2}')
  }
}

/** Registers both webhook endpoints at a local server that accepts everything. */
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
  operation: string,
  request: () => Promise<void>,
  count = requests,
  finish?: () => Promise<void>,
): Promise<Row> {
  const before = await stats(url)
  const sample = emptySample()
  const started = performance.now()
  await load(sample, request, { isDone: times(count) })
  await finish?.()
  const seconds = (performance.now() - started) / 1000
  const after = await stats(url)
  return {
    operation,
    'per CPU second': Math.round(count / ((after.cpu_ms - before.cpu_ms) / 1000)),
    'per second': Math.round(count / seconds),
    'p99 ms': figures(sample).p99,
    'resident MB': after.rss_mb,
  }
}

async function stats(url: string): Promise<{ rss_mb: number; cpu_ms: number }> {
  return (await json<{ process: { rss_mb: number; cpu_ms: number } }>(url, 'GET', '/_sim')).process
}

async function json<T>(url: string, method: string, path: string, body?: string): Promise<T> {
  return JSON.parse(await ask(url, method, path, body)) as T
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: string,
  account?: string,
): Promise<void> {
  await ask(url, method, path, body, account)
}

async function ask(
  url: string,
  method: string,
  path: string,
  body?: string,
  account?: string,
): Promise<string> {
  const answer = await send({
    method,
    url: url + path,
    headers: {
      authorization: 'Bearer sk_test_bench',
      'content-type': 'application/x-www-form-urlencoded',
      ...(account !== undefined && { 'stripe-account': account }),
    },
    ...(body !== undefined && { body }),
  })
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.text
}
