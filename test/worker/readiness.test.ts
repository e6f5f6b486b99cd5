/** Readiness in workerd, where requests share one check although they share no connection. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'

let database: TestDatabase
let worker: RunningWorker

beforeAll(async () => {
  database = await startDatabase()
  worker = await startWorker(database)
})
afterAll(async () => {
  await worker.stop()
  await database.stop()
})

const ready = (signal: AbortSignal | null = null) => fetch(`${worker.url}/readyz`, { signal })
const statuses = async (count: number) =>
  new Set(await Promise.all(Array.from({ length: count }, async () => (await ready()).status)))

it('100 callers at once are all answered, and so are the next', async () => {
  expect(await statuses(100)).toEqual(new Set([200]))
  expect(await statuses(100)).toEqual(new Set([200]))
})

it('a caller who goes away leaves no other caller without an answer', async () => {
  // The last result is no longer reused.
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  const gone = new AbortController()
  const first = ready(gone.signal).catch(() => null)
  const others = statuses(20)
  gone.abort()
  await first
  expect(await others).toEqual(new Set([200]))
})
