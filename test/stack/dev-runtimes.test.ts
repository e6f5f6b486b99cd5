/** `npm run dev` with the service as one process: the same promises as on Workers, and its database in a file. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../support/free-port.ts'

describe.each(['node', 'deno'])('npm run dev -- --runtime %s', (runtime) => {
  let environment: Record<string, string>
  let dev: ChildProcess
  let output = ''

  beforeAll(async () => {
    const [port, simPort, clientPort] = await freePorts(3)
    environment = {
      PORT: String(port),
      STRIPE_SIM_PORT: String(simPort),
      CLIENT_PORT: String(clientPort),
      DATA_DIR: await mkdtemp(join(tmpdir(), 'gatehouse-dev-')),
    }
    dev = run('npm', 'run', 'dev', '--', '--runtime', runtime)
    await new Promise<void>((resolve, reject) => {
      dev.stdout?.on('data', () => /^GATEHOUSE_READY /m.test(output) && resolve())
      dev.once('exit', () => reject(new Error(`it ended: ${output}`)))
    })
  })
  afterAll(async () => {
    await interrupt()
    await rm(environment['DATA_DIR'] ?? '', { recursive: true, force: true })
  })

  function run(program: string, ...args: string[]): ChildProcess {
    output = ''
    const child = spawn(program, args, { env: { ...process.env, ...environment }, detached: true })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    return child
  }

  /** Ctrl-C, as a terminal sends it: to the whole foreground group. */
  async function interrupt(): Promise<void> {
    if (dev.exitCode !== null || dev.signalCode !== null || dev.pid === undefined) return
    const exited = once(dev, 'exit')
    process.kill(-dev.pid, 'SIGINT')
    await exited
  }

  const isListening = (port: string | undefined) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1')
      const tell = (found: boolean) => {
        socket.destroy()
        resolve(found)
      }
      socket.once('connect', () => tell(true)).once('error', () => tell(false))
    })

  it('says how to go on, and keeps its database in the data folder', async () => {
    const data = environment['DATA_DIR'] ?? ''
    const identity = JSON.parse(await readFile(join(data, 'dev.json'), 'utf8')) as Record<string, any>
    expect(identity['libsql']).toBe(`file://${join(data, 'gatehouse.db')}`)
    await access(join(data, 'gatehouse.db'))
    for (const part of [
      identity['keys'].client,
      identity['keys'].operator,
      identity['libsql'],
      'npm run demo',
    ])
      expect(output).toContain(part)
  })

  it('tells the whole demo, each step as told', async () => {
    const demo = run('npm', 'run', 'demo')
    const [code] = (await once(demo, 'exit')) as [number]
    expect(output).toContain('As told, from beginning to end.')
    expect(code).toBe(0)
  })

  it('leaves nothing behind after Ctrl-C', async () => {
    await interrupt()
    const { PORT, STRIPE_SIM_PORT, CLIENT_PORT } = environment
    expect(await Promise.all([PORT, STRIPE_SIM_PORT, CLIENT_PORT].map(isListening))).toEqual([
      false,
      false,
      false,
    ])
  })
})

it('npm run dev names the runtimes when it is given another', async () => {
  const child = spawn('npm', ['run', 'dev', '--', '--runtime', 'bun'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  expect(said).toContain('--runtime is one of workers, node, deno.')
})
