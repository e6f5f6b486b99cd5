/** `npm run webhooks` against the simulated Stripe: what it finds, what it says, and what it mends. */
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

const anEndpoint = (kind: Kind, overrides: Partial<Stripe.WebhookEndpointCreateParams> = {}) =>
  stripe.webhookEndpoints.create({
    url: urlOf(kind),
    connect: kind === 'connect',
    enabled_events: neededEvents(kind) as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
    api_version: PINNED_VERSION,
    ...overrides,
  })

const endpoints = async () => (await stripe.webhookEndpoints.list()).data.toReversed()

describe('check', () => {
  it('is content with two right endpoints and both secrets, whoever made them', async () => {
    await anEndpoint('connect')
    await anEndpoint('platform')
    const { code, out, err } = await webhooks('check')
    expect(out).not.toMatch(/problem|note/)
    expect({ code, err }).toEqual({ code: 0, err: 'All is as it should be.' })
  })

  it('finds both missing on a fresh account, and says how to make them', async () => {
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out.match(/problem .*npm run webhooks -- create/g)).toHaveLength(2)
  })

  it.for([
    ['the wrong scope', { connect: false }, 'listens to the other scope, your own account'],
    ['an older version', { api_version: '2024-06-20' as const }, 'version 2024-06-20 instead of'],
    [
      'an event too few',
      { enabled_events: ['account.updated' as const] },
      'does not send account.application',
    ],
  ] as const)('finds an endpoint of %s', async ([, overrides, words]) => {
    const { id } = await anEndpoint('connect', overrides as object)
    await anEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain(words)
    expect(out).toContain(id)
  })

  it('finds one that is disabled', async () => {
    const { id } = await anEndpoint('connect')
    await anEndpoint('platform')
    await stripe.webhookEndpoints.update(id, { disabled: true })
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain(`${id} is disabled`)
  })

  it('finds two that do the same work', async () => {
    const [first, second] = [await anEndpoint('connect'), await anEndpoint('connect')]
    await anEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(1)
    expect(out).toContain('more than once')
    expect(out).toContain(first.id)
    expect(out).toContain(second.id)
  })

  it('takes events that nothing reads for a note, not for a problem', async () => {
    await anEndpoint('connect', { enabled_events: ['*'] })
    await anEndpoint('platform')
    const { code, out } = await webhooks('check')
    expect(code).toBe(0)
    expect(out).toContain('note')
    expect(out).toContain('every other event')
  })

  it('leaves endpoints of other services alone', async () => {
    await anEndpoint('connect')
    await anEndpoint('platform')
    await anEndpoint('platform', {
      url: 'https://other.example.com/hooks',
      enabled_events: ['charge.failed'],
    })
    expect((await webhooks('check')).code).toBe(0)
  })

  it.for([
    [{ STRIPE_CONNECT_WEBHOOK_SECRETS: '' }, 'STRIPE_CONNECT_WEBHOOK_SECRETS is not set'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: ' , ' }, 'STRIPE_PLATFORM_WEBHOOK_SECRETS is not set'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: 'sk_test_oops' }, 'is not a webhook secret'],
    [{ STRIPE_PLATFORM_WEBHOOK_SECRETS: 'whsec_of_connect' }, 'hold the same secret'],
  ] as const)('finds secrets that cannot work: %j', async ([env, words]) => {
    await anEndpoint('connect')
    await anEndpoint('platform')
    const { code, out } = await webhooks('check', env)
    expect(code).toBe(1)
    expect(out).toContain(words)
    expect(out).not.toContain('oops')
  })

  it('says what Stripe says when the key is wrong', async () => {
    const { code, err } = await webhooks('check', { STRIPE_SECRET_KEY: 'sk_live_1' })
    expect(code).toBe(1)
    expect(err).toContain('Stripe did not do it')
  })
})

describe('create', () => {
  it('registers both with exactly what is needed, and gives the secrets to the file that was named', async () => {
    const file = join(folder, 'new.env')
    const made = await webhooks(['create', '--secrets-to', file])
    expect(made.code).toBe(0)
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
    expect(made.out + made.err).not.toContain('whsec_')
    expect((await webhooks('check')).code).toBe(0)
  })

  it('prints the secrets only when told to', async () => {
    const { code, out, err } = await webhooks('create --print-secrets')
    expect(code).toBe(0)
    expect(out.match(/whsec_/g)).toHaveLength(2)
    expect(err).not.toContain('whsec_')
  })

  it('registers nothing while nobody says where the secrets go', async () => {
    const { code, err } = await webhooks('create')
    expect(code).toBe(1)
    expect(err).toContain('--secrets-to')
    expect(await endpoints()).toEqual([])
  })

  it('registers nothing when the secrets cannot be written, and overwrites nothing', async () => {
    const file = join(folder, 'there.env')
    await writeFile(file, 'precious')
    const taken = await webhooks(['create', '--secrets-to', file])
    expect(taken.code).toBe(1)
    expect(taken.err).toContain('Nothing was registered')
    expect(await readFile(file, 'utf8')).toBe('precious')
    expect(await endpoints()).toEqual([])
  })

  it('changes nothing the second time', async () => {
    await webhooks('create --print-secrets')
    const before = await endpoints()
    const again = await webhooks('create')
    expect(again).toEqual({ code: 0, out: '', err: 'Nothing had to be registered.' })
    expect(await endpoints()).toEqual(before)
  })

  it('mends what can be mended, and keeps its secret', async () => {
    const { id } = await anEndpoint('connect', {
      enabled_events: ['account.updated', 'charge.failed', 'person.created'],
    })
    await stripe.webhookEndpoints.update(id, { disabled: true })
    await anEndpoint('platform', { enabled_events: ['*'] })
    const mended = await webhooks('create')
    expect(mended.code).toBe(0)
    expect(mended.out).toBe('')
    expect(await endpoints()).toMatchObject([
      { id, status: 'enabled', enabled_events: neededEvents('connect') },
      { enabled_events: neededEvents('platform') },
    ])
    expect((await webhooks('check')).code).toBe(0)
  })

  it('makes a second endpoint where version or scope cannot be changed, and says which to delete when', async () => {
    const old = await anEndpoint('connect', { api_version: '2024-06-20' })
    const wrong = await anEndpoint('platform', { connect: true })
    const { code, err } = await webhooks('create --print-secrets')
    expect(code).toBe(0)
    expect(err).toContain(`then delete ${old.id}`)
    expect(err).toContain(`${wrong.id} listens to the other scope`)
    const [, , fresh] = await endpoints()
    expect(err).toContain(`${fresh?.id} replaces it`)
    expect(await endpoints()).toHaveLength(4)
    const meanwhile = await webhooks('check')
    expect(meanwhile.code, 'until they are gone').toBe(1)
    expect(meanwhile.out, 'it was run').not.toContain('webhooks -- create')
    await stripe.webhookEndpoints.del(old.id)
    await stripe.webhookEndpoints.del(wrong.id)
    expect((await webhooks('check')).code).toBe(0)
  })

  it('has written the first secret when the second endpoint cannot be made', async () => {
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

it('asks Stripe for every event that some machine reads, each at the endpoint it comes to', () => {
  expect(neededEvents('connect')).toEqual(
    expect.arrayContaining(['account.updated', 'account.application.deauthorized', 'capability.updated']),
  )
  expect(neededEvents('platform')).toEqual(expect.arrayContaining(['application_fee.created']))
  expect(neededEvents('connect').filter((type) => neededEvents('platform').includes(type))).toEqual([])
})
