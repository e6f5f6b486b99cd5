/** Everything that makes the service write: each route that changes something, each kind of event, each task of the clock. */
import type { TestDatabase } from '../database.ts'
import { STRIPE_URL, type Answer } from '../gatehouse.ts'
import { signToken } from '../../../src/onboarding/return-token.ts'
import type { Scene } from './scene.ts'

export interface Flow {
  /** The route it is a request to. */
  route?: string
  /** What was there before; returns what the act needs to know. */
  before?: (scene: Scene, database: TestDatabase) => Promise<string>
  /** The same again is the same request again. Stripe comes again by itself, and so does the clock. */
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

/** An account that takes payments and is known here. */
async function known({ stage, gatehouse: { sim, simulator } }: Scene): Promise<string> {
  const account: string = (await sim('POST', '/_sim/accounts', { state: 'enabled' })).first
  await sim('POST', `/_sim/accounts/${account}/move`, { move: 'requirements_due' })
  await stage.run(() => simulator.settle())
  await stage.drain(MINUTE)
  stage.advance(MINUTE)
  return account
}

/** With a payment of its own; the account has what that brought. */
function withPayment(over: object = {}) {
  return async (scene: Scene) => {
    const account = await known(scene)
    const body = { amount: 100_000, ...USD, ...CARD, application_fee_amount: 100, ...over }
    const made = await scene.stage.run(() => scene.call('POST', `${at(account)}/payments`, body))
    await quiet(scene)
    return `${account} ${made.body['id']}`
  }
}

async function withPayout(scene: Scene): Promise<string> {
  const account = accountOf(await withPayment()(scene))
  const body = { amount: 500, ...USD }
  const made = await scene.stage.run(() => scene.call('POST', `${at(account)}/payouts`, body))
  await quiet(scene)
  return `${account} ${made.body['id']}`
}

/** Fees have been collected, and every event of it has come. */
async function quiet({ stage, gatehouse: { simulator } }: Scene): Promise<void> {
  await stage.run(() => simulator.advance(5))
  await stage.run(() => simulator.settle())
  await stage.drain(MINUTE)
  stage.advance(MINUTE)
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

/** Something that happens at Stripe, and its events. */
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

/** Whoever asks again is told that it is so already, which is as good. */
function decision(flow: Flow): Flow {
  return {
    ...flow,
    act: async (scene, its) => {
      const answer = await flow.act(scene, its)
      return answer?.body['code'] === 'state_conflict' ? { ...answer, status: 200 } : answer
    },
  }
}

/** What the clock sets going after a while. */
function clock(before: NonNullable<Flow['before']>, later: number): Flow {
  return {
    before: async (scene, database) => {
      const its = await before(scene, database)
      scene.stage.advance(later)
      return its
    },
    act: ({ life, process }) => life().orDie(process().cron()),
  }
}

const move = ({ gatehouse: { sim } }: Scene, its: string, to: object) =>
  sim('POST', `/_sim/accounts/${accountOf(its)}/move`, to)

/** A look is owed, and whoever owed it died over it. */
async function withOwed(scene: Scene): Promise<string> {
  scene.begin(async (act, outside) => {
    if (outside.url.startsWith(STRIPE_URL)) scene.life().die()
    return act()
  })
  const account = await known(scene)
  scene.begin()
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
  'a look': request('POST /v1/accounts/{account}/refresh', known, (its) => `${at(its)}/refresh`),
  'a hold': decision(
    request('POST /v1/accounts/{account}/hold', known, (its) => `${at(its)}/hold`, {
      reason: 'a doubt',
    }),
  ),
  'a release': decision(
    request(
      'POST /v1/accounts/{account}/release',
      async (scene) => {
        const account = await known(scene)
        await scene.stage.run(() => scene.call('POST', `${at(account)}/hold`, { reason: 'a doubt' }))
        return account
      },
      (its) => `${at(its)}/release`,
      { reason: 'none left' },
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
  'a way back from onboarding': {
    before: async (scene) => {
      const account = await known(scene)
      const token = { account, returnTo: 'https://app.example.com/', bounces: 0 }
      return `${account} ${await signToken(token, scene.gatehouse.config, scene.stage.now())}`
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
  'an account that leaves': event(known, ({ gatehouse: { sim } }, its) =>
    sim('POST', `/_sim/accounts/${its}/deauthorize`),
  ),
  'an effect of the outbox': clock(withOwed, 5 * MINUTE),
  'events read back': clock(async (scene) => {
    const account = await known(scene)
    await scene.gatehouse.sim('POST', '/_sim/delivery', { drop: 1, drop_as: 'delivered' })
    await move(scene, account, { move: 'requirements_past_due' })
    await scene.stage.run(() => scene.gatehouse.simulator.settle())
    await scene.gatehouse.sim('DELETE', '/_sim/delivery')
    return account
  }, 12 * MINUTE),
  'facts that grew old': clock(withPayout, DAY + 10 * MINUTE),
  'a deadline that passes': clock(known, 14 * DAY + 2 * MINUTE),
  'what is kept for a time only': clock(known, 31 * DAY),
}
