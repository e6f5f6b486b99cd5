/**
 * `npm run bench`: measures the cost of each kind of request, near its database and far from it, at several database sizes.
 * Speed depends on the machine, so compare it with the floor only. Round trips, rows and Stripe calls are exact counts.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { closeConnections, CONNECTIONS } from './load.ts'
import { count, measure, type Cost, type Measured } from './measure.ts'
import { operations, type OnboardedAccount } from './operations.ts'
import { showProgress } from './progress.ts'
import { FAR_MS, startStack } from './stack.ts'

interface Row extends Measured, Cost {
  operation: string
  accounts: number
  added_ms: number
}

/**
 * The number of accounts that may charge, and of accounts that may not, in addition to the stored ones. Enough that two
 * concurrent requests rarely concern the same account.
 */
const CHARGED_ACCOUNTS = 500

const options = new Command('npm run bench --')
  .description('measures the speed and cost of every kind of request at several database sizes')
  .option('--accounts <counts>', 'comma-separated numbers of stored accounts', counts, [1_000, 100_000])
  .option('--seconds <n>', 'duration for each request and each of its floors', positive, 6)
  .option('--connections <n>', 'number of concurrent requests', whole, CONNECTIONS)
  .option('--counted <n>', 'number of requests whose round trips are counted', whole, 20)
  .option('--out <file>', 'JSON file for the results', 'reports/bench.json')
  .parse()
  .opts<{ accounts: number[]; seconds: number; connections: number; counted: number; out: string }>()

const rows = await run()
console.table(rows.map(printed))
console.log(
  `${options.connections} connections, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}) shared by workerd, libSQL, the Stripe simulator and the load generator. The last column compares with the floors: "2× verify" means that the floor is twice as fast.`,
)
await mkdir(dirname(options.out), { recursive: true })
await writeFile(options.out, `${JSON.stringify({ connections: options.connections, rows }, null, 2)}\n`)
console.log(`Results as JSON: ${options.out}`)
closeConnections()

async function run(): Promise<Row[]> {
  const progress = showProgress(process.stderr, 2 * options.accounts.length + 1)
  progress.next('building and starting')
  const stack = await startStack()
  try {
    const { ids: open } = await stack.stripe<{ ids: string[] }>('POST', '/_sim/accounts', {
      count: CHARGED_ACCOUNTS,
      state: 'enabled',
    })
    const closed = ids('acct_closed', 0, CHARGED_ACCOUNTS)
    const onboarded = await stack.makeOriginal('onboarded', { onboarded: true })
    const fresh = await stack.makeOriginal('fresh', { onboarded: false })

    await stack.store([
      { original: onboarded, ids: open },
      { original: fresh, ids: closed },
    ])

    let stored = 0
    const measured = operations({
      key: stack.key,
      account: await stack.stripe<OnboardedAccount>('GET', `/v1/accounts/${onboarded.account}`),
      accounts: {
        any: () => id('acct_copy', Math.floor(Math.random() * stored)),
        open: () => randomOf(open),
        closed: () => randomOf(closed),
      },
    })
    const results: Row[] = []
    for (const accounts of options.accounts) {
      // oxlint-disable no-await-in-loop
      progress.next(`storing ${accounts.toLocaleString('en')} accounts`)
      const more = ids('acct_copy', stored, accounts)
      await stack.store([{ original: onboarded, ids: more }], (done) => progress.within(done / more.length))
      stored = accounts
      const places = accounts === options.accounts[0] ? (['near', 'far'] as const) : (['near'] as const)
      progress.next(`measuring with ${accounts.toLocaleString('en')} accounts`)
      for (const [index, operation] of measured.entries()) {
        const cost = await count(operation, stack, { requests: options.counted })
        for (const place of places) {
          const speed = await measure(operation, stack[place], options)
          const added_ms = place === 'far' ? FAR_MS : 0
          results.push({ operation: operation.name, accounts, added_ms, ...speed, ...cost })
        }
        progress.within((index + 1) / measured.length)
      }
      // oxlint-enable no-await-in-loop
    }
    return results
  } finally {
    progress.end()
    await stack.stop()
  }
}

function printed({ floors, ...row }: Row): Record<string, string | number> {
  return {
    operation: row.operation,
    stored: row.accounts,
    'added ms': row.added_ms,
    'per second': row.requests_per_second,
    'p50 ms': row.p50_ms,
    'p99 ms': row.p99_ms,
    'libSQL trips': row.libsql_round_trips,
    'rows read': row.rows_read,
    'rows written': row.rows_written,
    'Stripe calls': row.stripe_calls,
    floors: Object.entries(floors)
      .map(([name, { times }]) => `${times}× ${name}`)
      .join(', '),
  }
}

function ids(prefix: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => id(prefix, from + index))
}

function id(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(8, '0')}`
}

function randomOf(values: readonly string[]): string {
  const value = values[Math.floor(Math.random() * values.length)]
  if (value === undefined) throw new Error('the list is empty')
  return value
}

function counts(text: string): number[] {
  const numbers = text.split(',').map(whole)
  if (numbers.some((count, index) => count <= (numbers[index - 1] ?? 0))) {
    throw new InvalidArgumentError('Each number must be larger than the previous one.')
  }
  return numbers
}

function whole(text: string): number {
  const number = positive(text)
  if (!Number.isInteger(number)) throw new InvalidArgumentError('It must be a whole number.')
  return number
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.')
  }
  return number
}
