/**
 * The benchmark itself, for as short as it can be: it counts what the budgets are about, at two sizes, and its far database
 * is far.
 */
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
let said: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const out = join(dir, 'bench.json')
  const { stdout } = await promisify(execFile)(process.execPath, [
    'bench/main.ts',
    `--accounts=${SMALL},${LARGE}`,
    '--seconds=0.3',
    // Few enough that without the way to the far database none would take as long as it.
    '--connections=2',
    '--counted=4',
    `--out=${out}`,
  ])
  said = stdout
  ;({ rows } = JSON.parse(await readFile(out, 'utf8')) as { rows: Record<string, any>[] })
}, 120_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

describe.each(Object.keys(BUDGETS))('%s', (operation) => {
  const of = (accounts: number, added_ms = 0) =>
    rows.find(
      (row) => row['operation'] === operation && row['accounts'] === accounts && row['added_ms'] === added_ms,
    )

  it('keeps its budget', () => {
    expect(of(SMALL)).toMatchObject(BUDGETS[operation] ?? {})
  })

  it('reads no more where more is stored', () => {
    expect(of(LARGE)).toMatchObject(BUDGETS[operation] ?? {})
    expect(of(LARGE)?.['rows_read']).toBeLessThanOrEqual(of(SMALL)?.['rows_read'] + 1)
  })

  it('takes the way to a far database at least once for every round trip', () => {
    const trips = BUDGETS[operation]?.libsql_round_trips ?? 0
    expect(of(SMALL, 20)?.['p50_ms']).toBeGreaterThanOrEqual(20 * trips)
  })

  it('is compared with a floor, in the table too', () => {
    for (const [name, floor] of Object.entries<any>(of(SMALL)?.['floors'])) {
      expect(floor.times).toBeGreaterThan(0)
      expect(said).toContain(`× ${name}`)
    }
    expect(Object.keys(of(SMALL)?.['floors'])).not.toHaveLength(0)
  })
})
