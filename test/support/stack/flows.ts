/** Every flow that makes the service write: each route that changes something, each kind of event, each task of cron. */
import type { TestDatabase } from '../database.ts'
import { STRIPE_URL, type Answer } from '../gatehouse.ts'
import { signToken } from '../../../src/onboarding/return-token.ts'
import type { Scene } from './scene.ts'

export interface Flow {
  /** The route that the flow calls. */
  route?: string
  /** Prepares the state; returns the ids that `act` needs, separated by a space. */
  before?: (scene: Scene, database: TestDatabase) => Promise<string>
  /** Called again, it repeats the same request. Stripe and cron repeat theirs by themselves. */
  act: (scene: Scene, known: string) => Promise<Answer | void>
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const KEY = 'the-one'
const USD = { currency: 'usd' }
const CARD = { payment_method: 'pm_card_bypassPending', confirm: true }

const accountOf = (known: string) => known.split(' ')[0] ?? ''
const itsOf = (known: string) => known.split(' ')[1] ?? ''
const at = (known: string) => `/v1/accounts/${accountOf(known)}`

/** An account that may charge, and that Gatehouse knows. */
async function known({ scheduler, gatehouse: { sim, simulator } }: Scene): Promise<string> {
  const account: string = (await sim('POST', '/_sim/accounts', { state: 'enabled' })).first
  await sim('POST', `/_sim/accounts/${account}/move`, { move: 'requirements_due' })
  await scheduler.run(() => simulator.settle())
  await scheduler.drain(MINUTE)
  scheduler.advance(MINUTE)
  return account
}

/** An account with a payment, whose fee is collected and whose events have arrived. */
function withPayment(over: object = {}) {
  return async (scene: Scene) => {
    const account = await known(scene)
    const body = { amount: 100_000, ...USD, ...CARD, application_fee_amount: 100, ...over }
    const made = await scene.scheduler.run(() => scene.call('POST', `${at(account)}/payments`, body))
    await quiet(scene)
    return `${account} ${made.body['id']}`
  }
}

async function withPayout(scene: Scene): Promise<string> {
  const account = accountOf(await withPayment()(scene))
  const body = { amount: 500, ...USD }
  const made = await scene.scheduler.run(() => scene.call('POST', `${at(account)}/payouts`, body))
  await quiet(scene)
  return `${account} ${made.body['id']}`
}

/** Waits until fees are collected and every event has arrived. */
async function quiet({ scheduler, gatehouse: { simulator } }: Scene): Promise<void> {
  await scheduler.run(() => simulator.advance(5))
  await scheduler.run(() => simulator.settle())
  await scheduler.drain(MINUTE)
  scheduler.advance(MINUTE)
}

function request(
  route: string,
  before: Flow['before'],
  path: (known: string) => string,
  body?: object,
): Flow {
  const [method = ''] = route.split(' ')
  return {
    route,
    ...(before && { before }),
    act: (scene, its) => scene.call(method, path(its), body, KEY),
  }
}

/** A change at Stripe; the flow is the delivery of its events. */
function event(
  before: NonNullable<Flow['before']>,
  happen: (scene: Scene, known: string) => Promise<unknown>,
): Flow {
  return {
    before: async (scene, database) => {
      const its = await before(scene, database)
      await scene.gatehouse.sim('POST', '/_sim/delivery', { hold: true })
      await happen(scene, its)
      await scene.gatehouse.sim('DELETE', '/_sim/delivery')
      return its
    },
    act: ({ gatehouse: { simulator } }) => simulator.settle(),
  }
}

/** A retry is answered `state_conflict`, because the decision already stands: counts as success. */
function decision(flow: Flow): Flow {
  return {
    ...flow,
    act: async (scene, its) => {
      const answer = await flow.act(scene, its)
      return answer?.body['code'] === 'state_conflict' ? { ...answer, status: 200 } : answer
    },
  }
}

/** A run of cron, some time later. */
function cronRun(before: NonNullable<Flow['before']>, later: number): Flow {
  return {
    before: async (scene, database) => {
      const its = await before(scene, database)
      scene.scheduler.advance(later)
      return its
    },
    act: ({ simulated, process }) => simulated().untilCrash(process().cron()),
  }
}

const move = ({ gatehouse: { sim } }: Scene, its: string, to: object) =>
  sim('POST', `/_sim/accounts/${accountOf(its)}/move`, to)

/** An account that owes a refresh, because the process crashed before it could call Stripe. */
async function withOwed(scene: Scene): Promise<string> {
  scene.restart(async (send, outside) => {
    if (outside.url.startsWith(STRIPE_URL)) scene.simulated().crash()
    return send()
  })
  const account = await known(scene)
  scene.restart()
  return account
}

export const FLOWS: Record<string, Flow> = {
  'an account': request('POST /v1/accounts', undefined, () => '/v1/accounts', {
    external_id: 'shop',
    country: 'US',
  }),
  'an onboarding link': request(
    'POST /v1/accounts/{account}/onboarding_links',
    known,
    (its) => `${at(its)}/onboarding_links`,
    { return_to: 'https://app.example.com/' },
  ),
  'an account session': request(
    'POST /v1/accounts/{account}/account_sessions',
    known,
    (its) => `${at(its)}/account_sessions`,
    { components: ['payments'] },
  ),
  'a fee policy': request('PUT /v1/accounts/{account}/fee_policy', known, (its) => `${at(its)}/fee_policy`, {
    bps: 100,
  }),
  'a payment': request('POST /v1/accounts/{account}/payments', known, (its) => `${at(its)}/payments`, {
    amount: 1000,
    ...USD,
    ...CARD,
    application_fee_amount: 100,
  }),
  'a declined payment': request(
    'POST /v1/accounts/{account}/payments',
    known,
    (its) => `${at(its)}/payments`,
    {
      amount: 1000,
      ...USD,
      ...CARD,
      payment_method: 'pm_card_visa_chargeDeclined',
    },
  ),
  'a checkout session': request(
    'POST /v1/accounts/{account}/checkout_sessions',
    known,
    (its) => `${at(its)}/checkout_sessions`,
    {
      line_items: [{ price_data: { ...USD, unit_amount: 1500, product_data: { name: 'Tea' } }, quantity: 2 }],
      success_url: 'https://app.example.com/thanks',
      cancel_url: 'https://app.example.com/cart',
    },
  ),
  'a capture': request(
    'POST /v1/accounts/{account}/payments/{payment}/capture',
    withPayment({ capture_method: 'manual' }),
    (its) => `${at(its)}/payments/${itsOf(its)}/capture`,
    { amount: 600 },
  ),
  'a cancellation': request(
    'POST /v1/accounts/{account}/payments/{payment}/cancel',
    withPayment({ capture_method: 'manual' }),
    (its) => `${at(its)}/payments/${itsOf(its)}/cancel`,
  ),
  'a refund': request(
    'POST /v1/accounts/{account}/payments/{payment}/refunds',
    withPayment(),
    (its) => `${at(its)}/payments/${itsOf(its)}/refunds`,
    { amount: 300, refund_application_fee: true },
  ),
  'a payout': request('POST /v1/accounts/{account}/payouts', withPayment(), (its) => `${at(its)}/payouts`, {
    amount: 500,
    ...USD,
  }),
  'a canceled payout': request(
    'POST /v1/accounts/{account}/payouts/{payout}/cancel',
    withPayout,
    (its) => `${at(its)}/payouts/${itsOf(its)}/cancel`,
  ),
  'a payout schedule': request(
    'PUT /v1/accounts/{account}/payout_schedule',
    known,
    (its) => `${at(its)}/payout_schedule`,
    { interval: 'manual' },
  ),
  'a refresh': request('POST /v1/accounts/{account}/refresh', known, (its) => `${at(its)}/refresh`),
  'a hold': decision(
    request('POST /v1/accounts/{account}/hold', known, (its) => `${at(its)}/hold`, {
      reason: 'suspected fraud',
    }),
  ),
  'a release': decision(
    request(
      'POST /v1/accounts/{account}/release',
      async (scene) => {
        const account = await known(scene)
        await scene.scheduler.run(() =>
          scene.call('POST', `${at(account)}/hold`, { reason: 'suspected fraud' }),
        )
        return account
      },
      (its) => `${at(its)}/release`,
      { reason: 'checked' },
    ),
  ),
  'a replay': request(
    'POST /v1/events/{event}/replay',
    async (scene, database) => {
      const account = await known(scene)
      const [row] = await database.rows('SELECT id FROM inbox ORDER BY id LIMIT 1')
      return `${account} ${row?.['id'] as string}`
    },
    (its) => `/v1/events/${itsOf(its)}/replay`,
  ),
  'a retried effect': request(
    'POST /v1/effects/{name}/retry',
    async (scene, database) => {
      const account = await withOwed(scene)
      const [row] = await database.rows('SELECT name FROM outbox WHERE done_at IS NULL')
      return `${account} ${row?.['name'] as string}`
    },
    (its) => `/v1/effects/${itsOf(its)}/retry`,
  ),
  'a return from onboarding': {
    before: async (scene) => {
      const account = await known(scene)
      const token = { account, returnTo: 'https://app.example.com/', bounces: 0 }
      return `${account} ${await signToken(token, scene.gatehouse.config, scene.scheduler.now())}`
    },
    act: (scene, its) => scene.call('GET', `/onboarding/${itsOf(its)}/return`),
  },
  'an event of an account': event(known, (scene, its) => move(scene, its, { move: 'requirements_past_due' })),
  'an event of an unknown account': event(
    async ({ gatehouse: { sim } }) => (await sim('POST', '/_sim/accounts', { state: 'enabled' })).first,
    (scene, its) => move(scene, its, { move: 'requirements_due' }),
  ),
  'an event of a payment': event(withPayment(), ({ gatehouse: { sim } }, its) =>
    sim('POST', `/_sim/payment_intents/${itsOf(its)}/dispute`, {}),
  ),
  'an event of a payout': event(withPayout, ({ gatehouse: { sim } }, its) =>
    sim('POST', `/_sim/payouts/${itsOf(its)}`, { status: 'failed', failure_code: 'account_closed' }),
  ),
  'an account that disconnects': event(known, ({ gatehouse: { sim } }, its) =>
    sim('POST', `/_sim/accounts/${its}/deauthorize`),
  ),
  'an effect of the outbox': cronRun(withOwed, 5 * MINUTE),
  'events read back': cronRun(async (scene) => {
    const account = await known(scene)
    await scene.gatehouse.sim('POST', '/_sim/delivery', { drop: 1, drop_as: 'delivered' })
    await move(scene, account, { move: 'requirements_past_due' })
    await scene.scheduler.run(() => scene.gatehouse.simulator.settle())
    await scene.gatehouse.sim('DELETE', '/_sim/delivery')
    return account
  }, 12 * MINUTE),
  'a check of old facts': cronRun(withPayout, DAY + 10 * MINUTE),
  'a deadline that passes': cronRun(known, 14 * DAY + 2 * MINUTE),
  'the deletion of expired data': cronRun(known, 31 * DAY),
}
