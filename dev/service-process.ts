/** Runs the service as one process on Node or Deno, with the local stack's secrets, and triggers its cron. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from './identity.ts'
import { serviceCommand, type ProcessRuntime } from './runtimes.ts'
import { PROJECT, type Settings } from './settings.ts'
import { CRON_EVERY_MS, secretsOf, varsOf, waitUntilReady, type RunningService } from './worker.ts'

export async function startServiceProcess(
  runtime: ProcessRuntime,
  settings: Settings,
  identity: Identity,
): Promise<RunningService> {
  const [program, args] = await serviceCommand(runtime)
  const child = spawn(program, args, {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that Ctrl-C does not reach it: the stack decides when to stop it.
    detached: true,
    env: {
      ...process.env,
      ...secretsOf(settings, identity),
      ...varsOf(settings, identity),
      HOST: '127.0.0.1',
      PORT: String(settings.port),
    },
  })
  const log = createWriteStream(join(settings.dataDir, 'service.log'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000)
    })
  }
  const exited = once(child, 'exit')
  let isStopping = false
  let cron: NodeJS.Timeout | undefined
  const begin = async () => {
    await waitUntilReady(settings.url, () => {
      if (child.exitCode !== null && !isStopping) throw new Error(`The service did not start:\n${output}`)
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
