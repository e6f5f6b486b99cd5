/**
 * libSQL's server with a supervisor. Its writer can hang while reads still work, so the supervisor probes with writes. After
 * a timeout it kills the server and restarts it on the same data; no acknowledged write is lost.
 */
import { createClient } from '@libsql/client/web'
import { startSqld, type Sqld } from './sqld.ts'

const WRITE_TIMEOUT_MS = 15_000
const PROBE_MS = 1_000

/** `exited` resolves when the server has exited and was not restarted. */
export interface SupervisedSqld extends Pick<Sqld, 'url' | 'exited' | 'stop'> {
  pid: () => number
}

export async function superviseSqld(
  at: { dir: string; port: number },
  writeTimeoutMs = WRITE_TIMEOUT_MS,
): Promise<SupervisedSqld> {
  let sqld = await startSqld(at)
  let wroteAt = Date.now()
  let isStopping = false
  let restart: Promise<void> | null = null
  const exited = new Promise<void>((resolve) => {
    const watchExit = (server: Sqld) => void server.exited.then(() => void (restart ?? resolve()))
    watchExit(sqld)
    const replace = async () => {
      // The port is free only after the old process has exited.
      await sqld.kill()
      sqld = await startSqld(at)
      watchExit(sqld)
      wroteAt = Date.now()
    }
    const probe = async () => {
      if (isStopping || restart) return
      const probedAt = Date.now()
      if (await takesWrites(sqld.url)) wroteAt = Math.max(wroteAt, probedAt)
      if (isStopping || restart || Date.now() - wroteAt < writeTimeoutMs) return
      console.error(`libSQL has accepted no write for ${writeTimeoutMs / 1000} s; restarting it.`)
      restart = replace()
        .catch(resolve)
        .finally(() => (restart = null))
    }
    setInterval(() => void probe(), PROBE_MS).unref()
  })
  return {
    url: sqld.url,
    pid: () => sqld.pid,
    exited,
    async stop() {
      isStopping = true
      await restart
      await sqld.stop()
    },
  }
}

/** Tests the writer with a write transaction that changes nothing. */
async function takesWrites(url: string): Promise<boolean> {
  const client = createClient({
    url,
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(2 * PROBE_MS) }),
  })
  try {
    await client.batch(['SELECT 1'], 'write')
    return true
  } catch {
    return false
  } finally {
    client.close()
  }
}
