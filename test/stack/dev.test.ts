/** `npm run dev` as a child process: it is ready within a minute, keeps its data, and leaves no process behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
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

let environment: Awaited<ReturnType<typeof devEnvironment>>
let stack: DevStack

beforeAll(async () => {
  environment = await devEnvironment(await mkdtemp(join(tmpdir(), 'gatehouse-dev-')))
  stack = await startDev(environment)
})
afterAll(async () => {
  await interruptDev(stack)
  await rm(environment.DATA_DIR, { recursive: true, force: true })
})

const listening = async () => {
  const { PORT, STRIPE_SIM_PORT, LIBSQL_PORT } = environment
  return Promise.all([PORT, STRIPE_SIM_PORT, LIBSQL_PORT].map((port) => isListening(Number(port))))
}

const identity = () => readDevIdentity(environment.DATA_DIR)

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
    await interruptDev(stack)
    expect(await listening()).toEqual([false, false, false])

    stack = await startDev(environment)
    expect(await accounts()).toEqual(before)
    expect((await identity()).keys).toEqual(keys)
  })

  it('leaves no process behind when it is stopped before it is ready', async () => {
    await interruptDev(stack)
    const child = spawn('npm', ['run', 'dev'], { env: { ...process.env, ...environment } })
    // The Worker's port is the last to listen.
    await expect.poll(listening, { timeout: 20_000 }).toEqual([false, true, true])
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    await exited
    // A Worker left behind would listen a little later.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await listening()).toEqual([false, false, false])
    stack = await startDev(environment)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no process behind when %s reaches only npm',
    async (signal) => {
      const { child } = stack
      expect(await listening()).toEqual([true, true, true])
      child.kill(signal)
      await expect.poll(listening, { timeout: 20_000 }).toEqual([false, false, false])
      stack = await startDev(environment)
    },
  )
})
