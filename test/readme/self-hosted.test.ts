/** The README's self-hosted service: every snippet is pasted from top to bottom, against the Stripe simulator. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveSimulator, type ServedSimulator } from 'stripe-connect-simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, gatehouse } from '../../src/client.ts'
import { freePorts, isListening } from '../support/free-port.ts'
import { openShell, type Shell } from './shell.ts'
import { snippetsOf } from './snippets.ts'

let folder: string
let port: number
let simulator: ServedSimulator
let shell: Shell
let left: string[]
let startSnippet: string
let key: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-self-hosted-'))
  const [servicePort = 0, simulatorPort = 0] = await freePorts(2)
  port = servicePort
  simulator = await serveSimulator({ port: simulatorPort })
  shell = openShell({
    cwd: process.cwd(),
    env: {
      ...process.env,
      STRIPE_SECRET_KEY: 'sk_test_self_hosted',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_self_hosted',
      STRIPE_API_BASE: simulator.url,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      SIGNING_SECRET: 'a-signing-secret-for-tests-only-0123456789',
      PORT: String(port),
    },
  })
  const readme = await readFile('README.md', 'utf8')
  left = snippetsOf(readme)
    .filter(({ heading }) => heading === 'Self-hosted: one process')
    .map(({ code }) => code.replaceAll(/(secrets\.env|gatehouse\.db|backup\.db)/g, join(folder, '$1')))
})
afterAll(async () => {
  await shell?.close()
  await simulator?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The next snippet, which has to contain the command. */
function next(command: string): string {
  const snippet = left.shift() ?? ''
  expect(snippet).toContain(command)
  return snippet
}

/** Pastes a snippet that does not end, in the background. */
async function start(snippet: string): Promise<void> {
  await shell.paste(`${snippet.trim()} >> ${join(folder, 'log')} 2>&1 &`)
  await expect.poll(isReady, { timeout: 30_000 }).toBe(true)
}

const isReady = () =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
const stop = () => shell.paste('kill -TERM $!; wait $!')
const api = () => gatehouse({ url: `http://127.0.0.1:${port}`, key }).v1
const externalIds = async () => {
  const { data } = await answer(api().accounts.$get({ query: {} }))
  return data.map(({ external_id }) => external_id)
}

async function createAccount(externalId: string): Promise<string> {
  const { id } = await answer(
    api().accounts.$post({
      header: { 'idempotency-key': externalId },
      json: { external_id: externalId, country: 'US' },
    }),
  )
  return id
}

describe('the self-hosted service in the README, pasted from top to bottom,', () => {
  it('registers its webhook endpoints, and starts', async () => {
    await shell.paste(next('npm run webhooks'))
    startSnippet = next('npm start')
    await start(startSnippet)
  })

  it('accepts the key that the command prints', async () => {
    key = /^gk_test_\w+$/m.exec(await shell.paste(next('npm run keys')))?.[0] ?? ''
    expect(await externalIds()).toEqual([])
  })

  it('learns from Stripe’s webhooks that an account is enabled', async () => {
    const account = await createAccount('shop-1')
    await fetch(`${simulator.url}/_sim/accounts/${account}/onboard`, {
      method: 'POST',
      body: '{"outcome":"enabled"}',
    })
    const onboarding = async () => {
      const { state } = await answer(api().accounts[':account'].status.$get({ param: { account } }))
      return state.onboarding
    }
    await expect.poll(onboarding, { timeout: 20_000 }).toBe('enabled')
  })

  it('is backed up while it runs, and restored after it has stopped', async () => {
    expect(await shell.paste(next('npm run backup'))).toContain('passes the integrity check')
    await createAccount('shop-2')
    const restore = next('npm run restore')
    expect(await shell.paste(restore)).toContain('is in use. Stop the service first.')
    await stop()
    expect(await shell.paste(restore)).toContain('Restored')
    await start(startSnippet)
    expect(await externalIds()).toEqual(['shop-1'])
  })

  it('drains its work at SIGTERM', async () => {
    await stop()
    expect(await isListening(port)).toBe(false)
    const log = await readFile(join(folder, 'log'), 'utf8')
    expect(log.match(/"message":"stopped","drained":true/g)).toHaveLength(2)
  })

  it('has no other snippet', () => {
    expect(left).toEqual([])
  })
})
