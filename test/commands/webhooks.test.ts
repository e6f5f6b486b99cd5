/** `npm run webhooks` against the Stripe simulator: the faults it finds, its advice, and the endpoints it changes. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from 'stripe-connect-simulator'
import { webhooksCommand } from '../../src/commands/webhooks.ts'
import { neededEvents, PINNED_VERSION, type Kind } from '../../src/webhooks/endpoints.ts'
import { ran } from '../support/terminal.ts'

const STRIPE = 'http://stripe.test'
const PUBLIC_URL = 'https://pay.example.com'
const urlOf = (kind: Kind) => `${PUBLIC_URL}/webhooks/stripe/${kind}`

let simulator: Simulator
let stripe: Stripe
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-webhooks-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  simulator = createSimulator()
  stripe = new Stripe('sk_test_1', {
    httpClient: Stripe.createFetchHttpClient(toSimulator),
    host: 'stripe.test',
    protocol: 'http',
    port: 80,
  })
})

const toSimulator = (async (input, init) => simulator.fetch(new Request(input, init))) as typeof fetch

const ENV = {
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_API_BASE: STRIPE,
  PUBLIC_URL,
  STRIPE_CONNECT_WEBHOOK_SECRETS: 'whsec_of_connect',
  STRIPE_PLATFORM_WEBHOOK_SECRETS: 'whsec_of_platform,whsec_of_platform_before',
}

async function webhooks(line: string | readonly string[], env: object = {}) {
  const { code, out, err } = await ran(webhooksCommand, line, { env: { ...ENV, ...env }, fetch: toSimulator })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const createEndpoint = (kind: Kind, overrides: Partial<Stripe.WebhookEndpointCreateParams> = {}) =>
  stripe.webhookEndpoints.create({
    url: urlOf(kind),
    connect: kind === 'connect',
    enabled_events: neededEvents(kind) as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
    api_version: PINNED_VERSION,
    ...overrides,
  })

const endpoints = async () => (await stripe.webhookEndpoints.list()).data.toReversed()

describe('check', () => {
  it('finds no problem with two correct endpoints and both secrets, whoever created them', async () => {
    await createEndpoint('connect')
    await createEndpoint('platform')
    const { code, out, err } = await webhooks('check')
    expect(out).not.toMatch(/problem|note/)
    expect({ code, err }).toEqual({ code: 0, err: 'The endpoints and their secrets are in order.' })
  })

  it('finds both endpoints missing on a fresh account, and names the command that registers them', async () => {
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out.match(/problem .*npm run webhooks -- create/g)).toHaveLength(2)
  })

  it.for([
    ['the wrong scope', { connect: false }, 'listens to the other scope, your own account'],
    ['an older version', { api_version: '2024-06-20' as const }, 'version 2024-06-20 instead of'],
    ['too few events', { enabled_events: ['account.updated' as const] }, 'does not send account.application'],
  ] as const)('finds an endpoint with %s', async ([, overrides, words]) => {
    const { id } = await createEndpoint('connect', overrides as object)
    await createEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain(words)
    expect(out).toContain(id)
  })

  it('finds a disabled endpoint', async () => {
    const { id } = await createEndpoint('connect')
    await createEndpoint('platform')
    await stripe.webhookEndpoints.update(id, { disabled: true })
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain(`${id} is disabled`)
  })

  it('finds two endpoints that send the same events', async () => {
    const [first, second] = [await createEndpoint('connect'), await createEndpoint('connect')]
    await createEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain('more than once')
    expect(out).toContain(first.id)
    expect(out).toContain(second.id)
  })

  it('reports unused events as a note, not as a problem', async () => {
    await createEndpoint('connect', { enabled_events: ['*'] })
    await createEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(0)
    expect(out).toContain('note')
    expect(out).toContain('every other event')
  })

  it('ignores endpoints of other services', async () => {
    await createEndpoint('connect')
    await createEndpoint('platform')
    await createEndpoint('platform', {
      url: 'https://other.example.com/hooks',
      enabled_events: ['charge.failed'],
    })
    expect((await webhooks('check')).code).toBe(0)
  })

  it.for([
    [{ STRIPE_CONNECT_WEBHOOK_SECRETS: '' }, 'STRIPE_CONNECT_WEBHOOK_SECRETS is not set'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: ' , ' }, 'STRIPE_PLATFORM_WEBHOOK_SECRETS is not set'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: 'sk_test_oops' }, 'is not a webhook secret'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: 'whsec_of_connect' }, 'contain the same secret'],
  ] as const)('finds unusable secrets: %j', async ([env, words]) => {
    await createEndpoint('connect')
    await createEndpoint('platform')
    const { code, out } = await webhooks('check', env)
    expect(code).toBe(1)
    expect(out).toContain(words)
    expect(out).not.toContain('oops')
  })

  it('shows Stripe’s message when the key is wrong', async () => {
    const { code, err } = await webhooks('check', { STRIPE_SECRET_KEY: 'rk_test_1' })
    expect(code).toBe(1)
    expect(err).toContain('The call to Stripe failed')
  })

  it('sends a live key to no other host than Stripe’s', async () => {
    const { code, err } = await webhooks('check', { STRIPE_SECRET_KEY: 'sk_live_1' })
    expect(code).toBe(1)
    expect(err).toContain('STRIPE_API_BASE must')
  })
})

describe('create', () => {
  it('registers both endpoints with exactly the needed events, and writes the secrets to the given file', async () => {
    const file = join(folder, 'new.env')
    const created = await webhooks(['create', '--secrets-to', file])
    expect(created.code).toBe(0)
    expect(await endpoints()).toMatchObject([
      {
        url: urlOf('connect'),
        application: expect.stringMatching(/^ca_/),
        api_version: PINNED_VERSION,
        enabled_events: neededEvents('connect'),
        metadata: { gatehouse_endpoint: 'connect' },
        status: 'enabled',
      },
      {
        url: urlOf('platform'),
        application: null,
        api_version: PINNED_VERSION,
        enabled_events: neededEvents('platform'),
      },
    ])
    const secrets = await readFile(file, 'utf8')
    expect(secrets).toMatch(
      /^STRIPE_CONNECT_WEBHOOK_SECRETS=whsec_\w+\nSTRIPE_PLATFORM_WEBHOOK_SECRETS=whsec_\w+\n$/,
    )
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(created.out + created.err).not.toContain('whsec_')
    expect((await webhooks('check')).code).toBe(0)
  })

  it('prints the secrets with --print-secrets, on standard output only', async () => {
    const { code, out, err } = await webhooks('create --print-secrets')
    expect(code).toBe(0)
    expect(out.match(/whsec_/g)).toHaveLength(2)
    expect(err).not.toContain('whsec_')
  })

  it('registers nothing without --secrets-to or --print-secrets', async () => {
    const { code, err } = await webhooks('create')
    expect(code).toBe(1)
    expect(err).toContain('--secrets-to')
    expect(await endpoints()).toEqual([])
  })

  it('registers nothing and overwrites nothing when the secrets file exists', async () => {
    const file = join(folder, 'existing.env')
    await writeFile(file, 'precious')
    const refused = await webhooks(['create', '--secrets-to', file])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Nothing was registered')
    expect(await readFile(file, 'utf8')).toBe('precious')
    expect(await endpoints()).toEqual([])
  })

  it('changes nothing on a second run', async () => {
    await webhooks('create --print-secrets')
    const before = await endpoints()
    const again = await webhooks('create')
    expect(again).toEqual({ code: 0, out: '', err: 'No endpoint was missing.' })
    expect(await endpoints()).toEqual(before)
  })

  it('updates an endpoint whose faults are fixable, and keeps its secret', async () => {
    const { id } = await createEndpoint('connect', {
      enabled_events: ['account.updated', 'charge.failed', 'person.created'],
    })
    await stripe.webhookEndpoints.update(id, { disabled: true })
    await createEndpoint('platform', { enabled_events: ['*'] })
    const updated = await webhooks('create')
    expect(updated.code).toBe(0)
    expect(updated.out).toBe('')
    expect(await endpoints()).toMatchObject([
      { id, status: 'enabled', enabled_events: neededEvents('connect') },
      { enabled_events: neededEvents('platform') },
    ])
    expect((await webhooks('check')).code).toBe(0)
  })

  it('registers a second endpoint if the version or scope is wrong, and says when to delete the first', async () => {
    const old = await createEndpoint('connect', { api_version: '2024-06-20' })
    const wrong = await createEndpoint('platform', { connect: true })
    const { code, err } = await webhooks('create --print-secrets')
    expect(code).toBe(0)
    expect(err).toContain(`then delete ${old.id}`)
    expect(err).toContain(`${wrong.id} listens to the other scope`)
    const [, , fresh] = await endpoints()
    expect(err).toContain(`${fresh?.id} replaces it`)
    expect(await endpoints()).toHaveLength(4)
    const beforeDeletion = await webhooks('check')
    expect(beforeDeletion.code).toBe(1)
    expect(beforeDeletion.out, 'create has nothing left to do').not.toContain('webhooks -- create')
    await stripe.webhookEndpoints.del(old.id)
    await stripe.webhookEndpoints.del(wrong.id)
    expect((await webhooks('check')).code).toBe(0)
  })

  it('keeps the first secret when the second registration fails', async () => {
    await simulator.fetch(
      new Request(`${STRIPE}/_sim/faults`, {
        method: 'POST',
        body: JSON.stringify({ route: 'POST /v1/webhook_endpoints', skip: 1, times: 5, status: 500 }),
        headers: { 'content-type': 'application/json' },
      }),
    )
    const file = join(folder, 'half.env')
    const { code } = await webhooks(['create', '--secrets-to', file])
    expect(code).toBe(1)
    expect(await readFile(file, 'utf8')).toMatch(/^STRIPE_CONNECT_WEBHOOK_SECRETS=whsec_\w+\n$/)
    expect(await endpoints()).toHaveLength(1)
  })
})

it('each needed event type is registered at exactly one of the two endpoints', () => {
  expect(neededEvents('connect')).toEqual(
    expect.arrayContaining(['account.updated', 'account.application.deauthorized', 'capability.updated']),
  )
  expect(neededEvents('platform')).toEqual(expect.arrayContaining(['application_fee.created']))
  expect(neededEvents('connect').filter((type) => neededEvents('platform').includes(type))).toEqual([])
})
