/** `npm run dev` with the service as one process on Node or Deno, and its database in a file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  devEnvironment,
  interruptDev,
  readDevIdentity,
  startDev,
  type DevStack,
} from '../support/dev-stack.ts'
import { isListening } from '../support/free-port.ts'

describe.each(['node', 'deno'])('npm run dev -- --runtime %s', (runtime) => {
  let environment: Awaited<ReturnType<typeof devEnvironment>>
  let stack: DevStack

  beforeAll(async () => {
    environment = await devEnvironment(await mkdtemp(join(tmpdir(), 'gatehouse-dev-')))
    stack = await startDev(environment, '--runtime', runtime)
  })
  afterAll(async () => {
    if (stack) await interruptDev(stack)
    await rm(environment.DATA_DIR, { recursive: true, force: true })
  })

  it('keeps its database in a file of the data folder, and starts no libSQL server', async () => {
    const file = join(environment.DATA_DIR, 'gatehouse.db')
    const { libsql } = await readDevIdentity(environment.DATA_DIR)
    expect(libsql).toBe(`file://${file}`)
    await access(file)
    expect(await isListening(Number(environment.LIBSQL_PORT))).toBe(false)
  })

  it('prints its keys, its database and the next step', async () => {
    const { keys, libsql } = await readDevIdentity(environment.DATA_DIR)
    for (const part of [keys.client, keys.operator, libsql, 'npm run demo'])
      expect(stack.output).toContain(part)
  })

  it('passes every step of npm run demo', async () => {
    const demo = spawn('npm', ['run', 'demo'], { env: { ...process.env, ...environment } })
    let output = ''
    for (const stream of [demo.stdout, demo.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(demo, 'exit')) as [number]
    expect(output).toContain('All steps passed.')
    expect(code).toBe(0)
  })

  it('leaves no process behind after Ctrl-C', async () => {
    await interruptDev(stack)
    const { PORT, STRIPE_SIM_PORT, CLIENT_PORT } = environment
    const ports = [PORT, STRIPE_SIM_PORT, CLIENT_PORT].map(Number)
    expect(await Promise.all(ports.map(isListening))).toEqual([false, false, false])
  })
})

it('npm run dev refuses an unknown runtime, and names the known ones', async () => {
  const dev = spawn('npm', ['run', 'dev', '--', '--runtime', 'bun'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  dev.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(dev, 'close')
  expect(output).toContain('--runtime must be one of workers, node, deno.')
})
