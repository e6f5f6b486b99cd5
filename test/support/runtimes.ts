/** Starts the service on one of the runtimes it is made for. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { inject } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { commandOf, RUNTIMES, type Runtime } from '../../dev/runtimes.ts'

export interface Options {
  port: number
  environment: Record<string, string>
  log: (line: string) => void
}

export interface Running {
  cron: () => Promise<void>
  stop: () => Promise<void>
}

export function parseRuntime(name = 'workers'): Runtime {
  const runtime = RUNTIMES.find((known) => known === name)
  if (runtime) return runtime
  throw new Error(`RUNTIME is one of ${RUNTIMES.join(', ')}.`)
}

export function startRuntime(runtime: Runtime, options: Options): Promise<Running> {
  return runtime === 'workers' ? startWorkerd(options) : startProcess(runtime, options)
}

async function startWorkerd({ port, environment, log }: Options): Promise<Running> {
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

export interface RunningProcess extends Running {
  pid: number
  signal: (signal: NodeJS.Signals) => void
  /** The exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>
}

/** `npm start` or `npm run start:deno`, without npm. It is there once its first sweep is done. */
export async function startProcess(
  runtime: 'node' | 'deno',
  { port, environment, log }: Options,
): Promise<RunningProcess> {
  const [program, args] = await commandOf(runtime)
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const waiting: (() => void)[] = []
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      log(line)
      if (line.includes('"message":"cron"')) waiting.splice(0).forEach((done) => done())
    })
  }
  const sweepDone = () => new Promise<void>((done) => waiting.push(done))
  const early = exited.then((code) => {
    throw new Error(`The service ended with ${code}:\n${lines.join('\n')}`)
  })
  early.catch(() => {})
  await Promise.race([sweepDone(), early])
  return {
    pid: child.pid ?? 0,
    exited,
    signal: (signal) => void child.kill(signal),
    async cron() {
      const done = sweepDone()
      child.kill('SIGUSR2')
      await Promise.race([done, early])
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
