/**
 * Plays a history to the whole service on its real database: the truth moves at Stripe, whose events are late, doubled,
 * shuffled or lost, while clients pay, operators look, calls fail, the database fails and processes die.
 */
import type { TestDatabase } from '../database.ts'
import { STRIPE_URL } from '../gatehouse.ts'
import type { DASHBOARD, DatabaseFault, Deed, History, StripeFault } from './actions.ts'
import { openScene, type Door, type Scene } from './scene.ts'

/** What happened in a history, to be certain that all of it does happen somewhere. */
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
  const door: Door = (act, request) => {
    if (!request.url.startsWith(STRIPE_URL)) return askDatabase(act, request, noted(armed.database.shift()))
    stripeCalls += 1
    return askStripe(act, noted(armed.stripe.shift()))
  }
  function noted<F extends string>(fault: F | undefined): F | undefined {
    if (fault) count(fault)
    return fault
  }

  const scene = await openScene(database, { seed: history.seed, door })
  const { stage, gatehouse } = scene
  try {
    const account = await stage.run(() => start(scene, history))
    const course = { scene, account, count, armed, door }
    for (const { after, deeds } of history.rounds) {
      stage.advance(after)
      // oxlint-disable-next-line no-await-in-loop
      await stage.run(async () => {
        // Events go out while other things go on.
        await Promise.all([...deeds.map((deed) => act(course, deed)), gatehouse.simulator.settle()])
      })
    }
    armed.stripe.length = 0
    armed.database.length = 0
    await scene.mend(isLossy(history) ? LATER : SOON)
    return { scene, account, kinds, stripeCalls }
  } catch (error) {
    scene.close()
    throw error
  }
}

/** In minutes. Lists of events that were quiet are read back once a day, and so is everything looked at. */
const LATER = [3, 11, 11, 25 * 60, 11, 11]
/** Nothing was lost, so nothing may need the daily look that would also hide a wrong order: Stripe’s own retries only. */
const SOON = [3, 11, 61, 181, 11]

function isLossy({ rounds }: History): boolean {
  const deeds = rounds.flatMap((round) => round.deeds)
  return deeds.some((deed) => deed.do === 'mischief' && Number(deed.mode['drop']) > 0)
}

async function start(
  { gatehouse: { sim, simulator }, call, stage }: Scene,
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
    stage.advance(5_000)
    await simulator.settle()
  }
  return account
}

interface Course {
  scene: Scene
  account: string
  count: (kind: string) => void
  armed: { stripe: StripeFault[]; database: DatabaseFault[] }
  door: Door
}

async function nth(
  { scene, account }: Course,
  what: string,
  index: number,
): Promise<{ id: string } | undefined> {
  const { data = [] } = await scene.stripe('GET', `/v1/${what}?limit=100`, undefined, account)
  return data.toReversed()[index % Math.max(1, data.length)]
}

async function act(course: Course, deed: Deed): Promise<void> {
  const { scene, account, armed, count, door } = course
  const { stage, gatehouse, call, life, process } = scene
  const { sim } = gatehouse
  const at = `/v1/accounts/${account}`
  count(deed.do)
  switch (deed.do) {
    case 'move':
      return sim('POST', `/_sim/accounts/${account}/move`, { move: deed.move })
    case 'pay': {
      const { amount, manual, fee, card } = deed
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
      const intent = await nth(course, 'payment_intents', deed.payment)
      const body = deed.part && deed.name !== 'cancel' ? { amount: 300 } : {}
      if (intent) await call('POST', `${at}/payments/${intent.id}/${deed.name}`, body)
      return
    }
    case 'dashboard':
      return void (await clickAt(course, deed.name, deed.payment))
    case 'dispute': {
      const intent = await nth(course, 'payment_intents', deed.payment)
      const body = deed.status === null ? {} : { status: deed.status }
      if (intent) await sim('POST', `/_sim/payment_intents/${intent.id}/dispute`, body)
      return
    }
    case 'pay out':
      return void (await call('POST', `${at}/payouts`, { amount: deed.amount, currency: 'usd' }))
    case 'cancel payout': {
      const payout = await nth(course, 'payouts', deed.payout)
      if (payout) await call('POST', `${at}/payouts/${payout.id}/cancel`)
      return
    }
    case 'move payout': {
      const payout = await nth(course, 'payouts', deed.payout)
      const failure = deed.status === 'failed' && deed.failure ? { failure_code: deed.failure } : {}
      if (payout) await sim('POST', `/_sim/payouts/${payout.id}`, { status: deed.status, ...failure })
      return
    }
    case 'deauthorize':
      return sim('POST', `/_sim/accounts/${account}/deauthorize`)
    case 'authorize':
      return sim('POST', `/_sim/accounts/${account}/authorize`, { platform_controls: true })
    case 'refresh':
      return void (await call('POST', `${at}/refresh`))
    case 'cron':
      return life()
        .orDie(process().cron())
        .catch(() => {})
    case 'crash':
      // Somewhere in the middle of whatever goes on. Whoever waits for it dies with nobody.
      await stage.live().sleep(Math.floor(stage.random() * 60))
      life().die()
      return scene.begin(door)
    case 'deliver':
      return sim('POST', '/_sim/deliver', { order: deed.order })
    case 'mischief':
      for (const [name, value] of Object.entries(deed.mode)) if (value) count(name)
      return sim('POST', '/_sim/delivery', deed.mode)
    case 'stripe fails':
      for (let times = 0; times < deed.times; times += 1) armed.stripe.push(deed.fault)
      return
    case 'database fails':
      for (let times = 0; times < deed.times; times += 1) armed.database.push(deed.fault)
  }
}

/** What the holder does at Stripe, the platform to its fees, and the buyer's bank to a refund. */
async function clickAt(course: Course, name: (typeof DASHBOARD)[number], index: number): Promise<unknown> {
  const { scene, account, count } = course
  const { stripe, gatehouse } = scene
  const intent = await nth(course, 'payment_intents', index)
  if (!intent) return undefined
  const refund = () => stripe('POST', '/v1/refunds', { payment_intent: intent.id }, account)
  switch (name) {
    case 'refund':
      return refund()
    case 'fail a refund': {
      const made = (await nth(course, 'refunds', index)) ?? (await refund())
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

async function askStripe(act: () => Promise<Response>, fault: StripeFault | undefined): Promise<Response> {
  switch (fault) {
    case undefined:
      return act()
    case 'Stripe fails':
      return refusal(500)
    case 'Stripe limits':
      return refusal(429)
    case 'Stripe is away':
      throw new TypeError('Stripe is away')
    case 'Stripe acts, then fails':
      await act()
      return refusal(500)
    case 'Stripe acts, and its answer is lost':
      await act()
      throw new TypeError('the answer is lost')
  }
}

async function askDatabase(
  act: () => Promise<Response>,
  request: Request,
  fault: DatabaseFault | undefined,
): Promise<Response> {
  switch (fault) {
    case undefined:
      return act()
    case 'the database refuses':
      return new Response('no', { status: 503 })
    case 'the database is away':
      throw new TypeError('the database is away')
    case 'the database is busy':
      return busy(request)
    case 'the database commits, and its answer is lost':
      await act()
      throw new TypeError('the answer is lost')
  }
}

/** Nothing that Stripe has stored under the key: another try may succeed. */
function refusal(status: number): Response {
  return Response.json({ error: { type: 'api_error', message: 'not now' } }, { status })
}

/** As libSQL says it: an answer to each thing that was asked. */
async function busy(request: Request): Promise<Response> {
  const { requests } = (await request.json()) as { requests: { type: string }[] }
  const error = { message: 'database is locked', code: 'SQLITE_BUSY' }
  const results = requests.map(({ type }) =>
    type === 'close' ? { type: 'ok', response: { type: 'close' } } : { type: 'error', error },
  )
  return Response.json({ baton: null, base_url: null, results })
}
