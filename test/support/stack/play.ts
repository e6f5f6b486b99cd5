/**
 * Plays a history against the whole service on a real database. Objects change at Stripe, whose events are late, duplicated,
 * shuffled or lost, while clients pay, operators refresh, Stripe and the database fail, and processes crash.
 */
import type { TestDatabase } from '../database.ts'
import { STRIPE_URL } from '../gatehouse.ts'
import type { DASHBOARD, DatabaseFault, Action, History, StripeFault } from './actions.ts'
import { openScene, type Interceptor, type Scene } from './scene.ts'

/** How often each kind of action and fault happened, to show that none is missing from the suite. */
export type Kinds = Map<string, number>

export interface Played {
  scene: Scene
  account: string
  kinds: Kinds
  stripeCalls: number
}

export async function play(database: TestDatabase, history: History): Promise<Played> {
  const kinds: Kinds = new Map()
  const armed = { stripe: [] as StripeFault[], database: [] as DatabaseFault[] }
  let stripeCalls = 0
  const count = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const intercept: Interceptor = (send, request) => {
    if (!request.url.startsWith(STRIPE_URL))
      return callDatabase(send, request, counted(armed.database.shift()))
    stripeCalls += 1
    return callStripe(send, counted(armed.stripe.shift()))
  }
  function counted<F extends string>(fault: F | undefined): F | undefined {
    if (fault) count(fault)
    return fault
  }

  const scene = await openScene(database, { seed: history.seed, intercept })
  const { scheduler, gatehouse } = scene
  try {
    const account = await scheduler.run(() => start(scene, history))
    const playing = { scene, account, count, armed, intercept }
    for (const { after, actions } of history.rounds) {
      scheduler.advance(after)
      // oxlint-disable-next-line no-await-in-loop
      await scheduler.run(async () => {
        // Stripe delivers events while the actions run.
        await Promise.all([
          ...actions.map((action) => perform(playing, action)),
          gatehouse.simulator.settle(),
        ])
      })
    }
    armed.stripe.length = 0
    armed.database.length = 0
    await scene.recover(isLossy(history) ? WITH_DAILY_CHECKS : RETRIES_ONLY)
    return { scene, account, kinds, stripeCalls }
  } catch (error) {
    scene.close()
    throw error
  }
}

/** In minutes. Quiet event lists are read back once a day, and every instance is checked once a day. */
const WITH_DAILY_CHECKS = [3, 11, 11, 25 * 60, 11, 11]
/** Without lost events, Stripe's own retries must suffice. A daily check would hide a wrong order. */
const RETRIES_ONLY = [3, 11, 61, 181, 11]

function isLossy({ rounds }: History): boolean {
  const actions = rounds.flatMap((round) => round.actions)
  return actions.some((action) => action.do === 'misdeliver' && Number(action.mode['drop']) > 0)
}

async function start(
  { gatehouse: { sim, simulator }, call, scheduler }: Scene,
  { isMade, isPaid }: History,
): Promise<string> {
  let account: string
  if (isMade) {
    const { body } = await call('POST', '/v1/accounts', { external_id: 'the-shop', country: 'US' })
    account = body['id']
    await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  } else {
    account = (await sim('POST', '/_sim/accounts', { state: 'enabled' })).first
    await sim('POST', `/_sim/accounts/${account}/move`, { move: 'requirements_due' })
  }
  await simulator.settle()
  if (isPaid) {
    const body = { amount: 2500, currency: 'usd', application_fee_amount: 100 }
    await call('POST', `/v1/accounts/${account}/payments`, {
      ...body,
      payment_method: 'pm_card_visa',
      confirm: true,
    })
    // Stripe makes the fee a little later.
    scheduler.advance(5_000)
    await simulator.settle()
  }
  return account
}

interface Playing {
  scene: Scene
  account: string
  count: (kind: string) => void
  armed: { stripe: StripeFault[]; database: DatabaseFault[] }
  intercept: Interceptor
}

async function nth(
  { scene, account }: Playing,
  what: string,
  index: number,
): Promise<{ id: string } | undefined> {
  const { data = [] } = await scene.stripe('GET', `/v1/${what}?limit=100`, undefined, account)
  return data.toReversed()[index % Math.max(1, data.length)]
}

async function perform(playing: Playing, action: Action): Promise<void> {
  const { scene, account, armed, count, intercept } = playing
  const { scheduler, gatehouse, call, simulated, process } = scene
  const { sim } = gatehouse
  const at = `/v1/accounts/${account}`
  count(action.do)
  switch (action.do) {
    case 'move':
      return sim('POST', `/_sim/accounts/${account}/move`, { move: action.move })
    case 'pay': {
      const { amount, manual, fee, card } = action
      const body = {
        amount,
        currency: 'usd',
        payment_method: card,
        confirm: true,
        ...(manual && { capture_method: 'manual' }),
        ...(fee && { application_fee_amount: 100 }),
      }
      return void (await call('POST', `${at}/payments`, body))
    }
    case 'command': {
      const intent = await nth(playing, 'payment_intents', action.payment)
      const body = action.part && action.name !== 'cancel' ? { amount: 300 } : {}
      if (intent) await call('POST', `${at}/payments/${intent.id}/${action.name}`, body)
      return
    }
    case 'dashboard':
      return void (await clickAt(playing, action.name, action.payment))
    case 'dispute': {
      const intent = await nth(playing, 'payment_intents', action.payment)
      const body = action.status === null ? {} : { status: action.status }
      if (intent) await sim('POST', `/_sim/payment_intents/${intent.id}/dispute`, body)
      return
    }
    case 'pay out':
      return void (await call('POST', `${at}/payouts`, { amount: action.amount, currency: 'usd' }))
    case 'cancel payout': {
      const payout = await nth(playing, 'payouts', action.payout)
      if (payout) await call('POST', `${at}/payouts/${payout.id}/cancel`)
      return
    }
    case 'move payout': {
      const payout = await nth(playing, 'payouts', action.payout)
      const failure = action.status === 'failed' && action.failure ? { failure_code: action.failure } : {}
      if (payout) await sim('POST', `/_sim/payouts/${payout.id}`, { status: action.status, ...failure })
      return
    }
    case 'deauthorize':
      return sim('POST', `/_sim/accounts/${account}/deauthorize`)
    case 'authorize':
      return sim('POST', `/_sim/accounts/${account}/authorize`, { platform_controls: true })
    case 'refresh':
      return void (await call('POST', `${at}/refresh`))
    case 'cron':
      return simulated()
        .untilCrash(process().cron())
        .catch(() => {})
    case 'crash':
      // In the middle of the other actions of the round.
      await scheduler.startProcess().sleep(Math.floor(scheduler.random() * 60))
      simulated().crash()
      return scene.restart(intercept)
    case 'deliver':
      return sim('POST', '/_sim/deliver', { order: action.order })
    case 'misdeliver':
      for (const [name, value] of Object.entries(action.mode)) if (value) count(name)
      return sim('POST', '/_sim/delivery', action.mode)
    case 'stripe fails':
      for (let times = 0; times < action.times; times += 1) armed.stripe.push(action.fault)
      return
    case 'database fails':
      for (let times = 0; times < action.times; times += 1) armed.database.push(action.fault)
  }
}

/** Actions at Stripe without Gatehouse: the holder's, the platform's on its fees, and a bank's that fails a refund. */
async function clickAt(playing: Playing, name: (typeof DASHBOARD)[number], index: number): Promise<unknown> {
  const { scene, account, count } = playing
  const { stripe, gatehouse } = scene
  const intent = await nth(playing, 'payment_intents', index)
  if (!intent) return undefined
  const refund = () => stripe('POST', '/v1/refunds', { payment_intent: intent.id }, account)
  switch (name) {
    case 'refund':
      return refund()
    case 'fail a refund': {
      const made = (await nth(playing, 'refunds', index)) ?? (await refund())
      if (made.id) count(name)
      return made.id && gatehouse.sim('POST', `/_sim/refunds/${made.id}/fail`, {})
    }
    case 'give the fee back': {
      const { data = [] } = await stripe('GET', '/v1/application_fees?limit=100')
      const fee = data[index % Math.max(1, data.length)]
      if (fee) count(name)
      return fee && stripe('POST', `/v1/application_fees/${fee.id}/refunds`, {})
    }
    case 'capture':
    case 'cancel':
      return stripe('POST', `/v1/payment_intents/${intent.id}/${name}`, {}, account)
  }
}

async function callStripe(send: () => Promise<Response>, fault: StripeFault | undefined): Promise<Response> {
  switch (fault) {
    case undefined:
      return send()
    case 'Stripe fails':
      return refusal(500)
    case 'Stripe limits':
      return refusal(429)
    case 'Stripe is away':
      throw new TypeError('Stripe is away')
    case 'Stripe acts, then fails':
      await send()
      return refusal(500)
    case 'Stripe acts, and its answer is lost':
      await send()
      throw new TypeError('the answer is lost')
  }
}

async function callDatabase(
  send: () => Promise<Response>,
  request: Request,
  fault: DatabaseFault | undefined,
): Promise<Response> {
  switch (fault) {
    case undefined:
      return send()
    case 'the database refuses':
      return new Response('no', { status: 503 })
    case 'the database is away':
      throw new TypeError('the database is away')
    case 'the database is busy':
      return busy(request)
    case 'the database commits, and its answer is lost':
      await send()
      throw new TypeError('the answer is lost')
  }
}

/** A failure that Stripe does not store under the key: a retry may succeed. */
function refusal(status: number): Response {
  return Response.json({ error: { type: 'api_error', message: 'not now' } }, { status })
}

/** libSQL's BUSY answer: one result for each statement. */
async function busy(request: Request): Promise<Response> {
  const { requests } = (await request.json()) as { requests: { type: string }[] }
  const error = { message: 'database is locked', code: 'SQLITE_BUSY' }
  const results = requests.map(({ type }) =>
    type === 'close' ? { type: 'ok', response: { type: 'close' } } : { type: 'error', error },
  )
  return Response.json({ baton: null, base_url: null, results })
}
