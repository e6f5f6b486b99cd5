/** The service as one process on Node or Deno, with the local stack's secrets and a clock that makes it sweep. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from './identity.ts'
import { commandOf } from './runtimes.ts'
import { PROJECT, type Settings } from './settings.ts'
import { CRON_EVERY_MS, secretsOf, varsOf, waitUntilReady, type RunningWorker } from './worker.ts'

export async function startProcess(
  runtime: 'node' | 'deno',
  settings: Settings,
  identity: Identity,
): Promise<RunningWorker> {
  const [program, args] = await commandOf(runtime)
  const child = spawn(program, args, {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: the stack passes Ctrl-C on, in its order.
    detached: true,
    env: {
      ...process.env,
      ...secretsOf(settings, identity),
      ...varsOf(settings, identity),
      HOST: '127.0.0.1',
      PORT: String(settings.port),
    },
  })
  const log = createWriteStream(join(settings.dataDir, 'worker.log'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
    })
  }
  const exited = once(child, 'exit')
  let isStopping = false
  let cron: NodeJS.Timeout | undefined
  const begin = async () => {
    await waitUntilReady(settings.url, () => {
      if (child.exitCode !== null && !isStopping) throw new Error(`The service did not start:\n${said}`)
    })
    if (!isStopping) cron = setInterval(() => child.kill('SIGUSR2'), CRON_EVERY_MS)
  }
  return {
    ready: begin(),
    exited,
    async stop() {
      isStopping = true
      clearInterval(cron)
      child.kill('SIGTERM')
      await exited
    },
  }
}
