/**
 * Plays a history to the whole service on its real database: the truth moves at Stripe, whose events are late, doubled,
 * shuffled or lost, while clients pay, operators look, calls fail, the database fails and processes die.
 */
import type { Simulator } from '../../../dev/stripe/simulator.ts'
import type { TestDatabase } from '../database.ts'
import { startGatehouse, STRIPE_URL, type Gatehouse, type Process } from '../gatehouse.ts'
import { openStage, type Life, type Stage } from '../stage.ts'
import type { DatabaseFault, Deed, History, StripeFault } from './deeds.ts'

/** What happened in a history, to be certain that all of it does happen somewhere. */
export type Kind = string

export interface Played {
  stage: Stage
  gatehouse: Gatehouse
  account: string
  /** A process that nothing has ever gone wrong with. */
  process: Process
  kinds: Map<Kind, number>
  stripeCalls: number
}

const MINUTE = 60_000

export async function play(database: TestDatabase, history: History): Promise<Played> {
  await database.clear()
  const stage = openStage(history.seed)
  try {
    return await new Course(stage, history).play(database)
  } catch (error) {
    stage.close()
    throw error
  }
}

class Course {
  readonly #stage: Stage
  readonly #history: History
  readonly #kinds = new Map<Kind, number>()
  readonly #database: DatabaseFault[] = []
  readonly #stripe: StripeFault[] = []
  #stripeCalls = 0
  #keys = 0
  #gatehouse!: Gatehouse
  #account = ''
  #life!: Life
  #process!: Process

  constructor(stage: Stage, history: History) {
    this.#stage = stage
    this.#history = history
  }

  async play(database: TestDatabase): Promise<Played> {
    const stage = this.#stage
    const outside = stage.live()
    this.#gatehouse = await startGatehouse(database, {
      now: stage.now,
      random: stage.random,
      sleep: outside.sleep,
      simulator: { now: stage.now, seed: this.#history.seed, concurrency: 3 },
    })
    this.#begin()
    await stage.run(() => this.#start())
    for (const { after, deeds } of this.#history.rounds) {
      stage.advance(after)
      // oxlint-disable-next-line no-await-in-loop
      await stage.run(async () => {
        await Promise.all([...deeds.map((deed) => this.#do(deed)), this.#settle()])
      })
    }
    await this.#mend()
    return {
      stage,
      gatehouse: this.#gatehouse,
      account: this.#account,
      process: this.#process,
      kinds: this.#kinds,
      stripeCalls: this.#stripeCalls,
    }
  }

  #count(kind: Kind, by = 1): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + by)
  }

  get #simulator(): Simulator {
    return this.#gatehouse.simulator
  }

  /** A process takes over. */
  #begin(): void {
    const life = this.#stage.live()
    const process = this.#gatehouse.process({
      sleep: life.sleep,
      fetch: (next) => async (input, init) => {
        // What has a deadline in real time has none here: nothing takes longer than its turn.
        const request = new Request(input, { ...init, signal: null })
        const what = `${request.method} ${request.url} ${await request.clone().text()}`
        return life.leave(what, () => this.#outside(next, request))
      },
    })
    this.#life = life
    this.#process = process
    this.#gatehouse.deliverTo({ fetch: (request) => life.orDie(process.fetch(request)) })
  }

  async #outside(next: typeof fetch, request: Request): Promise<Response> {
    const act = async () => whole(await next(request))
    if (request.url.startsWith(STRIPE_URL)) {
      this.#stripeCalls += 1
      return this.#askStripe(act)
    }
    return this.#askDatabase(act, request)
  }

  async #askStripe(act: () => Promise<Response>): Promise<Response> {
    const fault = this.#stripe.shift()
    if (fault) this.#count(fault)
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

  async #askDatabase(act: () => Promise<Response>, request: Request): Promise<Response> {
    const fault = this.#database.shift()
    if (fault) this.#count(fault)
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

  #call(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, any> }> {
    this.#keys += 1
    const { call } = this.#gatehouse
    const options = { ...(body && { body }), idempotencyKey: `key-${this.#keys}` }
    const life = this.#life
    const at = `/v1/accounts${this.#account && `/${this.#account}`}${path}`
    const through: Process['fetch'] = (request) => life.orDie(this.#process.fetch(request))
    return call(method, at, { ...options, through }).catch(() => ({ status: 0, body: {} }))
  }

  /** As whoever is signed in to the account's own Dashboard. */
  async #dashboard(path: string, params: Record<string, string>): Promise<void> {
    this.#keys += 1
    const headers = {
      authorization: 'Bearer sk_test_gatehouse_tests',
      'stripe-account': this.#account,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams(params).toString()
    await this.#simulator.fetch(new Request(`${STRIPE_URL}${path}`, { method: 'POST', headers, body }))
  }

  async #list(what: string): Promise<{ id: string; [name: string]: any }[]> {
    const headers = { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': this.#account }
    const answer = await this.#simulator.fetch(new Request(`${STRIPE_URL}/v1/${what}?limit=100`, { headers }))
    const { data = [] } = (await answer.json()) as { data?: { id: string }[] }
    return data.toReversed()
  }

  async #nth(what: string, index: number): Promise<{ id: string; [name: string]: any } | undefined> {
    const all = await this.#list(what)
    return all[index % Math.max(1, all.length)]
  }

  async #start(): Promise<void> {
    const { sim } = this.#gatehouse
    if (this.#history.isMade) {
      this.#account = ''
      const made = await this.#call('POST', '', { external_id: 'the-shop', country: 'US' })
      this.#account = made.body['id']
      await sim('POST', `/_sim/accounts/${this.#account}/onboard`, { outcome: 'enabled' })
    } else {
      const { first } = await sim('POST', '/_sim/accounts', { state: 'enabled' })
      this.#account = first
      await sim('POST', `/_sim/accounts/${first}/move`, { move: 'requirements_due' })
    }
    await this.#simulator.settle()
  }

  /** Events go out while other things go on. */
  async #settle(): Promise<void> {
    await this.#simulator.settle()
  }

  async #do(deed: Deed): Promise<void> {
    const { sim } = this.#gatehouse
    const account = this.#account
    this.#count(deed.do)
    switch (deed.do) {
      case 'move':
        return void (await sim('POST', `/_sim/accounts/${account}/move`, { move: deed.move }))
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
        return void (await this.#call('POST', '/payments', body))
      }
      case 'command': {
        const intent = await this.#nth('payment_intents', deed.payment)
        if (!intent) return
        const body = deed.part && deed.name !== 'cancel' ? { amount: 300 } : {}
        return void (await this.#call('POST', `/payments/${intent.id}/${deed.name}`, body))
      }
      case 'dashboard': {
        const intent = await this.#nth('payment_intents', deed.payment)
        if (!intent) return
        if (deed.name === 'refund') return this.#dashboard('/v1/refunds', { payment_intent: intent.id })
        return this.#dashboard(`/v1/payment_intents/${intent.id}/${deed.name}`, {})
      }
      case 'dispute': {
        const intent = await this.#nth('payment_intents', deed.payment)
        if (!intent) return
        const body = deed.status === null ? {} : { status: deed.status }
        return void (await sim('POST', `/_sim/payment_intents/${intent.id}/dispute`, body))
      }
      case 'pay out':
        return void (await this.#call('POST', '/payouts', { amount: deed.amount, currency: 'usd' }))
      case 'cancel payout': {
        const payout = await this.#nth('payouts', deed.payout)
        if (payout) await this.#call('POST', `/payouts/${payout.id}/cancel`)
        return
      }
      case 'move payout': {
        const payout = await this.#nth('payouts', deed.payout)
        if (!payout) return
        const failure = deed.status === 'failed' && deed.failure ? { failure_code: deed.failure } : {}
        return void (await sim('POST', `/_sim/payouts/${payout.id}`, { status: deed.status, ...failure }))
      }
      case 'deauthorize':
        return void (await sim('POST', `/_sim/accounts/${account}/deauthorize`))
      case 'authorize':
        return void (await sim('POST', `/_sim/accounts/${account}/authorize`, { platform_controls: true }))
      case 'refresh':
        return void (await this.#call('POST', '/refresh'))
      case 'cron':
        return this.#life.orDie(this.#process.cron()).catch(() => {})
      case 'crash':
        // Somewhere in the middle of whatever goes on.
        await this.#life.sleep(Math.floor(this.#stage.random() * 60))
        this.#life.die()
        return this.#begin()
      case 'deliver':
        return void (await sim('POST', '/_sim/deliver', { order: deed.order }))
      case 'mischief':
        for (const [name, value] of Object.entries(deed.mode)) if (value) this.#count(name)
        return void (await sim('POST', '/_sim/delivery', { ...deed.mode }))
      case 'stripe fails':
        for (let times = 0; times < deed.times; times += 1) this.#stripe.push(deed.fault)
        return
      case 'database fails':
        for (let times = 0; times < deed.times; times += 1) this.#database.push(deed.fault)
    }
  }

  /** Nothing goes wrong any more, and time passes: what was lost is for the service to find out. */
  async #mend(): Promise<void> {
    const { sim } = this.#gatehouse
    const stage = this.#stage
    this.#stripe.length = 0
    this.#database.length = 0
    await stage.run(async () => {
      await sim('DELETE', '/_sim/delivery')
      await this.#simulator.settle()
    })
    for (const minutes of isLossy(this.#history) ? LATER : SOON) {
      // oxlint-disable no-await-in-loop
      await stage.drain(MINUTE)
      stage.advance(minutes * MINUTE)
      await stage.run(async () => {
        await this.#simulator.settle()
        await this.#process.cron()
        await this.#simulator.settle()
      })
      // oxlint-enable no-await-in-loop
    }
    await stage.drain(MINUTE)
  }
}

/** Nothing was lost, so nothing may need the daily look that would also hide a wrong order: Stripe’s own retries only. */
const SOON = [3, 11, 61, 181, 11]
/** In minutes. Lists of events that were quiet are read back once a day, and so is everything looked at. */
const LATER = [3, 11, 11, 25 * 60, 11, 11]

function isLossy({ rounds }: History): boolean {
  const deeds = rounds.flatMap((round) => round.deeds)
  return deeds.some((deed) => deed.do === 'mischief' && Number(deed.mode['drop']) > 0)
}

/** All of it has arrived before anybody reads it. */
async function whole(response: Response): Promise<Response> {
  const { status, headers } = response
  const bytes = status === 204 || status === 304 ? null : await response.arrayBuffer()
  return new Response(bytes, { status, headers })
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
