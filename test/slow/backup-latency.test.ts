/** A backup reads the whole database while webhooks arrive. No webhook fails, and few wait. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startEmbeddedDatabase } from '../support/embedded-database.ts'
import { freePort } from '../support/free-port.ts'
import { ENVIRONMENT } from '../support/gatehouse.ts'
import { runs } from '../support/runs.ts'
import { startProcess } from '../support/runtimes.ts'
import { anAccountEvent, signedWebhook } from '../support/webhooks.ts'

const EVENTS = runs(100_000, 1_000_000)
const SENDERS = 4
/** Stripe waits at least ten seconds for an answer. The bound is on the increase, because other tests run on this machine too. */
const ADDED_MS = 500

it(`a backup adds less than ${ADDED_MS} ms to the p99 of webhooks`, async () => {
  const database = await startEmbeddedDatabase(tmpdir())
  const path = database.url.replace('file:', '')
  const copy = join(tmpdir(), `${crypto.randomUUID()}.db`)
  await database.client.execute({
    sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
          INSERT INTO inbox (id, type, created, received_at, payload, outcome, source)
            SELECT 'evt_' || i, 'account.updated', i, ?, json_quote(hex(randomblob(350))), 'applied', 'connect' FROM n`,
    args: [EVENTS, Date.now()],
  })
  const port = await freePort()
  const service = await startProcess('node', {
    port,
    environment: { ...ENVIRONMENT, STRIPE_API_BASE: 'http://127.0.0.1:1', LIBSQL_URL: database.url },
    log: () => {},
  })

  async function send(account: number): Promise<number> {
    const request = await signedWebhook(anAccountEvent(`acct_${account % 50}`), {
      url: `http://127.0.0.1:${port}`,
    })
    const started = performance.now()
    const response = await fetch(request)
    await response.arrayBuffer()
    expect(response.status).toBe(200)
    return performance.now() - started
  }

  /** Sends webhooks until `work` is done, and at least 200. Returns the response times in ascending order. */
  async function sendDuring(work: Promise<unknown>): Promise<number[]> {
    const times: number[] = []
    const finished = new AbortController()
    void work.finally(() => finished.abort())
    const sender = async (account: number) => {
      // oxlint-disable-next-line no-await-in-loop
      while (!finished.signal.aborted || times.length < 200) times.push(await send((account += SENDERS)))
    }
    await Promise.all(Array.from({ length: SENDERS }, (_, account) => sender(account)))
    return times.toSorted((a, b) => a - b)
  }

  try {
    const withoutBackup = await sendDuring(Promise.resolve())
    const backup = execFile(process.execPath, ['src/commands/backup.ts', 'create', copy], {
      env: { ...process.env, LIBSQL_URL: database.url },
    })
    const started = performance.now()
    const during = await sendDuring(once(backup, 'exit'))
    expect(backup.exitCode).toBe(0)
    const seconds = (performance.now() - started) / 1000
    const p99 = (times: number[]) => times[Math.ceil(times.length * 0.99) - 1] ?? Infinity
    console.log(
      `${((await stat(path)).size / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; webhooks: ${during.length}, ` +
        `p99 ${p99(during).toFixed(0)} ms, longest ${during.at(-1)?.toFixed(0)} ms; p99 without a backup ${p99(withoutBackup).toFixed(0)} ms`,
    )
    expect(p99(during)).toBeLessThan(p99(withoutBackup) + ADDED_MS)
  } finally {
    await service.stop()
    await rm(copy, { force: true })
    await database.stop()
  }
})
