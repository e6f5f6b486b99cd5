/**
 * libSQL's server, watched: reads go on while writes are wedged, so what is watched is the writer. A server whose writer
 * has been out of reach for long enough is killed and started again on its data, which loses nothing acknowledged.
 */
import { createClient } from '@libsql/client/web'
import { startSqld, type Sqld } from './sqld.ts'

const WEDGED_MS = 15_000
const PROBE_MS = 1_000

/** `exited` resolves when it has ended by itself, and was not started again. */
export interface KeptSqld extends Pick<Sqld, 'url' | 'exited' | 'stop'> {
  pid: () => number
}

export async function keepSqld(at: { dir: string; port: number }, wedgedMs = WEDGED_MS): Promise<KeptSqld> {
  let sqld = await startSqld(at)
  let wroteAt = Date.now()
  let isStopping = false
  let restart: Promise<void> | null = null
  const exited = new Promise<void>((resolve) => {
    const follow = (one: Sqld) => void one.exited.then(() => void (restart ?? resolve()))
    follow(sqld)
    const start = async () => {
      // The new one cannot listen before the old one has ended.
      await sqld.kill()
      sqld = await startSqld(at)
      follow(sqld)
      wroteAt = Date.now()
    }
    const watch = async () => {
      if (isStopping || restart) return
      const probedAt = Date.now()
      if (await takesWrites(sqld.url)) wroteAt = Math.max(wroteAt, probedAt)
      if (isStopping || restart || Date.now() - wroteAt < wedgedMs) return
      console.error(`libSQL has taken no write for ${wedgedMs / 1000} s; starting it again.`)
      restart = start()
        .catch(resolve)
        .finally(() => (restart = null))
    }
    setInterval(() => void watch(), PROBE_MS).unref()
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

/** A transaction that takes the writer's place and writes nothing. */
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
