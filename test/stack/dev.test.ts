/** `npm run dev` as a child process: it is ready within a minute, keeps its data, and leaves no process behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'

interface Stack {
  child: ChildProcess
  output: string
  readyAfterMs: number
}

let environment: Record<string, string>
let stack: Stack

beforeAll(async () => {
  environment = {
    PORT: String(await freePort()),
    STRIPE_SIM_PORT: String(await freePort()),
    LIBSQL_PORT: String(await freePort()),
    CLIENT_PORT: String(await freePort()),
    DATA_DIR: await mkdtemp(join(tmpdir(), 'gatehouse-dev-')),
  }
  stack = await start()
})
afterAll(async () => {
  await interrupt(stack)
  await rm(environment['DATA_DIR'] ?? '', { recursive: true, force: true })
})

async function start(): Promise<Stack> {
  const started = Date.now()
  const child = spawn('npm', ['run', 'dev'], { env: { ...process.env, ...environment }, detached: true })
  const running: Stack = { child, output: '', readyAfterMs: 0 }
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      running.output += chunk.toString()
      if (/^GATEHOUSE_READY /m.test(running.output)) resolve()
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('exit', () => reject(new Error(`npm run dev exited: ${running.output}`)))
  })
  running.readyAfterMs = Date.now() - started
  return running
}

/** Sends SIGINT to the whole process group, as a terminal does for Ctrl-C. */
async function interrupt({ child }: Stack): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGINT')
  await exited
}

const isListening = (port: string | undefined) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1')
    const finish = (isListening: boolean) => {
      socket.destroy()
      resolve(isListening)
    }
    socket.once('connect', () => finish(true)).once('error', () => finish(false))
  })

const listening = async () => {
  const { PORT, STRIPE_SIM_PORT, LIBSQL_PORT } = environment
  return Promise.all([PORT, STRIPE_SIM_PORT, LIBSQL_PORT].map(isListening))
}

const identity = async () =>
  JSON.parse(await readFile(join(environment['DATA_DIR'] ?? '', 'dev.json'), 'utf8')) as {
    url: string
    keys: { client: string; operator: string }
  }

const accounts = async () => {
  const { url, keys } = await identity()
  const response = await fetch(`${url}/v1/accounts`, { headers: { authorization: `Bearer ${keys.client}` } })
  const { data } = (await response.json()) as { data: { external_id: string }[] }
  return data.map(({ external_id }) => external_id)
}

describe('npm run dev', () => {
  it('is ready within a minute, and prints its keys and the next steps', async () => {
    const { url, keys } = await identity()
    expect(stack.readyAfterMs).toBeLessThan(60_000)
    expect(stack.output).toContain(`GATEHOUSE_READY ${url}`)
    for (const part of [keys.client, keys.operator, 'npm run demo', '/docs'])
      expect(stack.output).toContain(part)
  })

  it('passes every step of npm run demo', async () => {
    const demo = spawn('npm', ['run', 'demo'], { env: { ...process.env, ...environment } })
    let output = ''
    demo.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    demo.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(demo, 'exit')) as [number]
    expect(output).toContain('All steps passed.')
    expect(code).toBe(0)
  })

  it('leaves no process behind after Ctrl-C, and keeps its data and keys for the next start', async () => {
    const [before, keys] = [await accounts(), (await identity()).keys]
    expect(before.length).toBeGreaterThan(0)
    await interrupt(stack)
    expect(await listening()).toEqual([false, false, false])

    stack = await start()
    expect(await accounts()).toEqual(before)
    expect((await identity()).keys).toEqual(keys)
  })

  it('leaves no process behind when it is stopped before it is ready', async () => {
    await interrupt(stack)
    const child = spawn('npm', ['run', 'dev'], { env: { ...process.env, ...environment } })
    // The Worker's port is the last that opens, so the stack is half started here.
    await expect.poll(listening, { timeout: 20_000 }).toEqual([false, true, true])
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    await exited
    // A Worker left behind would open its port a little later.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await listening()).toEqual([false, false, false])
    stack = await start()
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no process behind when %s reaches only npm',
    async (signal) => {
      const { child } = stack
      expect(await listening()).toEqual([true, true, true])
      child.kill(signal)
      await expect.poll(listening, { timeout: 20_000 }).toEqual([false, false, false])
      stack = await start()
    },
  )
})
