/** `npm run dev` as a person starts it: in a process group of its own, with its own ports and data. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from './free-port.ts'

export interface DevStack {
  child: ChildProcess
  output: string
  readyAfterMs: number
}

export interface DevIdentity {
  url: string
  libsql: string
  keys: { client: string; operator: string }
}

export async function devEnvironment(dataDir: string) {
  const [worker, simulator, libsql, client] = await freePorts(4)
  return {
    PORT: String(worker),
    STRIPE_SIM_PORT: String(simulator),
    LIBSQL_PORT: String(libsql),
    CLIENT_PORT: String(client),
    DATA_DIR: dataDir,
  }
}

/** Resolves when the stack says that it is ready. @throws with its output, if it ends before */
export async function startDev(environment: Record<string, string>, ...args: string[]): Promise<DevStack> {
  const started = Date.now()
  const child = spawn('npm', ['run', 'dev', '--', ...args], {
    env: { ...process.env, ...environment },
    detached: true,
  })
  const stack: DevStack = { child, output: '', readyAfterMs: 0 }
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      stack.output += chunk.toString()
      if (/^GATEHOUSE_READY /m.test(stack.output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(`npm run dev ended: ${stack.output}`)))
  })
  stack.readyAfterMs = Date.now() - started
  return stack
}

/** Ctrl-C, as a terminal sends it: to the whole foreground group. */
export async function interruptDev({ child }: DevStack): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGINT')
  await exited
}

export async function readDevIdentity(dataDir: string): Promise<DevIdentity> {
  return JSON.parse(await readFile(join(dataDir, 'dev.json'), 'utf8')) as DevIdentity
}
