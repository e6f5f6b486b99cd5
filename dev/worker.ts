/** Runs the Worker under wrangler with the local stack's secrets, and triggers its cron. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Identity } from './identity.ts'
import { PROJECT, type Settings } from './settings.ts'

export interface RunningService {
  /** Resolves when the service answers requests. */
  ready: Promise<void>
  stop(): Promise<void>
  exited: Promise<unknown>
}

/** The local stack triggers cron itself, more often than the deployed minute, so that a developer waits less. */
export const CRON_EVERY_MS = 5_000

export async function startWorker(settings: Settings, identity: Identity): Promise<RunningService> {
  const envFile = join(settings.dataDir, 'worker.env')
  const secrets = Object.entries(secretsOf(settings, identity))
  await writeFile(envFile, secrets.map(([name, value]) => `${name}="${value}"\n`).join(''), { mode: 0o600 })
  const vars = Object.entries(varsOf(settings, identity))

  const child = spawn(
    join(PROJECT, 'node_modules/.bin/wrangler'),
    [
      'dev',
      '--ip=127.0.0.1',
      `--port=${settings.port}`,
      '--inspector-port=0',
      `--env-file=${envFile}`,
      `--persist-to=${join(settings.dataDir, 'wrangler')}`,
      '--show-interactive-dev-session=false',
      '--log-level=info',
      ...vars.flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: the stack decides when to stop it, and stops its child workerd with it.
      detached: true,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
    },
  )
  const log = createWriteStream(join(settings.dataDir, 'worker.log'))
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
      if (child.exitCode !== null && !isStopping) throw new Error(`The Worker did not start:\n${output}`)
    })
    if (isStopping) return
    cron = setInterval(() => {
      // A failed trigger needs no handling: the next cron run does the same work.
      fetch(`${settings.url}/cdn-cgi/local/scheduled`).catch(() => {})
    }, CRON_EVERY_MS)
  }

  return {
    ready: begin(),
    exited,
    async stop() {
      isStopping = true
      clearInterval(cron)
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, 'SIGTERM')
      await exited
    },
  }
}

export function secretsOf({ url }: Settings, identity: Identity): Record<string, string> {
  return {
    STRIPE_SECRET_KEY: identity.stripe_key,
    STRIPE_PUBLISHABLE_KEY: 'pk_test_gatehouse_dev',
    STRIPE_CONNECT_WEBHOOK_SECRETS: identity.webhook_secrets.connect,
    STRIPE_PLATFORM_WEBHOOK_SECRETS: identity.webhook_secrets.platform,
    LIBSQL_URL: identity.libsql,
    LIBSQL_AUTH_TOKEN: '',
    PUBLIC_URL: url,
    SIGNING_SECRET: identity.signing_secret,
  }
}

/** wrangler reads only the names under `[secrets]` from the env file; the others are passed as `--var`. */
export function varsOf({ url, port }: Settings, identity: Identity): Record<string, string> {
  return {
    STRIPE_API_BASE: identity.stripe_sim,
    RETURN_ORIGINS: [url, `http://localhost:${port}`, identity.client_url].join(','),
  }
}

export async function waitUntilReady(url: string, check: () => void): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    check()
    // oxlint-disable no-await-in-loop
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 100))
    // oxlint-enable no-await-in-loop
  }
  throw new Error(`The service was not ready at ${url} within a minute`)
}
