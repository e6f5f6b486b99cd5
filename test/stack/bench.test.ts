/** A short run of the benchmark at two database sizes: its counts keep the budgets, and its far database is slower. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const BUDGETS: Record<string, { libsql_round_trips: number; stripe_calls: number }> = {
  status: { libsql_round_trips: 1, stripe_calls: 0 },
  'webhook inline': { libsql_round_trips: 2, stripe_calls: 0 },
  'gated payment refused': { libsql_round_trips: 1, stripe_calls: 0 },
  'payment created': { libsql_round_trips: 2, stripe_calls: 1 },
}
const [SMALL, LARGE] = [40, 4_000]

let dir: string
let rows: Record<string, any>[]
let output: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const out = join(dir, 'bench.json')
  const { stdout } = await promisify(execFile)(process.execPath, [
    'bench/main.ts',
    `--accounts=${SMALL},${LARGE}`,
    '--seconds=0.3',
    // With few connections, a request takes 20 ms only because of the added latency.
    '--connections=2',
    '--counted=4',
    `--out=${out}`,
  ])
  output = stdout
  ;({ rows } = JSON.parse(await readFile(out, 'utf8')) as { rows: Record<string, any>[] })
}, 120_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

describe.each(Object.keys(BUDGETS))('%s', (operation) => {
  const rowOf = (accounts: number, added_ms = 0) =>
    rows.find(
      (row) => row['operation'] === operation && row['accounts'] === accounts && row['added_ms'] === added_ms,
    )

  it('keeps its budget of round trips and Stripe calls', () => {
    expect(rowOf(SMALL)).toMatchObject(BUDGETS[operation] ?? {})
  })

  it('reads no more rows from a larger database', () => {
    expect(rowOf(LARGE)).toMatchObject(BUDGETS[operation] ?? {})
    expect(rowOf(LARGE)?.['rows_read']).toBeLessThanOrEqual(rowOf(SMALL)?.['rows_read'] + 1)
  })

  it('waits for the added latency of a far database once for every round trip', () => {
    const trips = BUDGETS[operation]?.libsql_round_trips ?? 0
    expect(rowOf(SMALL, 20)?.['p50_ms']).toBeGreaterThanOrEqual(20 * trips)
  })

  it('is compared with its floors in the JSON and in the printed table', () => {
    for (const [name, floor] of Object.entries<any>(rowOf(SMALL)?.['floors'])) {
      expect(floor.times).toBeGreaterThan(0)
      expect(output).toContain(`× ${name}`)
    }
    expect(Object.keys(rowOf(SMALL)?.['floors'])).not.toHaveLength(0)
  })
})
