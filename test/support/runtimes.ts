/** Starts the service on one of its runtimes: the built Worker in workerd, or one process on Node or Deno. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { inject } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { serviceCommand, type ProcessRuntime, type Runtime } from '../../dev/runtimes.ts'

export interface Options {
  port: number
  environment: Record<string, string>
  log: (line: string) => void
}

export interface RunningService {
  /** Triggers cron and waits for its run. */
  cron: () => Promise<void>
  stop: () => Promise<void>
}

export function startRuntime(runtime: Runtime, options: Options): Promise<RunningService> {
  return runtime === 'workers' ? startWorkerd(options) : startProcess(runtime, options)
}

async function startWorkerd({ port, environment, log }: Options): Promise<RunningService> {
  const { compatibility_date, compatibility_flags, vars } = unstable_readConfig({ config: 'wrangler.toml' })
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port,
      modules: true,
      script: await readFile(inject('workerBundle'), 'utf8'),
      compatibilityDate: compatibility_date ?? '',
      compatibilityFlags: compatibility_flags,
      bindings: { ...(vars as Record<string, string>), ...environment },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ message }) => log(message),
    }),
  )
  await worker.ready
  return {
    async cron() {
      const fetcher = await worker.getWorker()
      await fetcher.scheduled({ cron: '* * * * *' })
    },
    stop: () => worker.dispose(),
  }
}

export interface RunningProcess extends RunningService {
  signal: (name: NodeJS.Signals) => void
  /** Resolves with the exit code, or with the signal that killed the process. */
  exited: Promise<number | NodeJS.Signals>
}

/** Runs the command of `npm start` or `npm run start:deno`. Resolves after the first cron run. */
export async function startProcess(
  runtime: ProcessRuntime,
  { port, environment, log }: Options,
): Promise<RunningProcess> {
  const [program, args] = await serviceCommand(runtime)
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const cronWaiters: (() => void)[] = []
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      log(line)
      if (line.includes('"message":"cron"')) cronWaiters.splice(0).forEach((resolve) => resolve())
    })
  }
  const nextCronRun = () => new Promise<void>((resolve) => cronWaiters.push(resolve))
  const failsOnExit = exited.then((code) => {
    throw new Error(`The service exited with ${code}:\n${lines.join('\n')}`)
  })
  failsOnExit.catch(() => {})
  await Promise.race([nextCronRun(), failsOnExit])
  return {
    exited,
    signal: (name) => void child.kill(name),
    async cron() {
      const cronRun = nextCronRun()
      child.kill('SIGUSR2')
      await Promise.race([cronRun, failsOnExit])
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
