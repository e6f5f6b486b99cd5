/**
 * `npm run bench`: what each kind of request costs, near its database and far from it, and whether it costs more as more is
 * stored. Speed depends on the machine and is only to be read as a ratio to its floor; round trips, rows and calls are
 * counted.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { CONNECTIONS, hangUp } from './load.ts'
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
 * Accounts that may charge, and as many that may not, beside those that are counted as stored: enough for no two requests
 * under way to be about the same, as a rule.
 */
const SOME = 500

const options = new Command('npm run bench --')
  .description('measures every kind of request, and what it costs, at several sizes of the database')
  .option('--accounts <counts>', 'how many are stored, comma-separated', counts, [1_000, 100_000])
  .option('--seconds <n>', 'for each request and each of its floors', positive, 6)
  .option('--connections <n>', 'requests under way at a time', whole, CONNECTIONS)
  .option('--counted <n>', 'requests whose round trips are counted', whole, 20)
  .option('--out <file>', 'where the table is written as JSON', 'reports/bench.json')
  .parse()
  .opts<{ accounts: number[]; seconds: number; connections: number; counted: number; out: string }>()

const rows = await run()
console.table(rows.map(printed))
console.log(
  `${options.connections} connections, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}) shared by workerd, libSQL, the Stripe simulator and who calls them. The last column: how many times as many of the least that could be done are done in the same time.`,
)
await mkdir(dirname(options.out), { recursive: true })
await writeFile(options.out, `${JSON.stringify({ connections: options.connections, rows }, null, 2)}\n`)
console.log(`As JSON: ${options.out}`)
hangUp()

async function run(): Promise<Row[]> {
  const progress = showProgress(process.stderr, 2 * options.accounts.length + 1)
  progress.next('building and starting')
  const stack = await startStack()
  try {
    const { ids: open } = await stack.stripe<{ ids: string[] }>('POST', '/_sim/accounts', {
      count: SOME,
      state: 'enabled',
    })
    const closed = ids('acct_closed', 0, SOME)
    const onboarded = await stack.makeOriginal('onboarded', { onboarded: true })
    const fresh = await stack.makeOriginal('fresh', { onboarded: false })

    await stack.store([
      { original: onboarded, ids: open },
      { original: fresh, ids: closed },
    ])

    let stored = 0
    const every = operations({
      key: stack.key,
      account: await stack.stripe<OnboardedAccount>('GET', `/v1/accounts/${onboarded.account}`),
      accounts: {
        any: () => id('acct_copy', Math.floor(Math.random() * stored)),
        open: () => anyOf(open),
        closed: () => anyOf(closed),
      },
    })
    const found: Row[] = []
    for (const accounts of options.accounts) {
      // oxlint-disable no-await-in-loop
      progress.next(`storing ${accounts.toLocaleString('en')} accounts`)
      const more = ids('acct_copy', stored, accounts)
      await stack.store([{ original: onboarded, ids: more }], (done) => progress.within(done / more.length))
      stored = accounts
      const places = accounts === options.accounts[0] ? (['near', 'far'] as const) : (['near'] as const)
      progress.next(`measuring with ${accounts.toLocaleString('en')} accounts`)
      for (const [index, operation] of every.entries()) {
        const cost = await count(operation, stack, { requests: options.counted })
        for (const place of places) {
          const measured = await measure(operation, stack[place], options)
          const added_ms = place === 'far' ? FAR_MS : 0
          found.push({ operation: operation.name, accounts, added_ms, ...measured, ...cost })
        }
        progress.within((index + 1) / every.length)
      }
      // oxlint-enable no-await-in-loop
    }
    return found
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
    'its floors': Object.entries(floors)
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

function anyOf(some: readonly string[]): string {
  const one = some[Math.floor(Math.random() * some.length)]
  if (one === undefined) throw new Error('there is none')
  return one
}

function counts(text: string): number[] {
  const found = text.split(',').map(whole)
  if (found.some((count, index) => count <= (found[index - 1] ?? 0))) {
    throw new InvalidArgumentError('Each has to be more than the one before.')
  }
  return found
}

function whole(text: string): number {
  const number = positive(text)
  if (!Number.isInteger(number)) throw new InvalidArgumentError('It has to be a whole number.')
  return number
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('It has to be a number above 0.')
  }
  return number
}
