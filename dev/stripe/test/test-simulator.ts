import { Stripe } from 'stripe'
import { type Simulator, type SimulatorOptions, createSimulator } from '../src/simulator.ts'

/** A simulator with a manual clock, a stripe-node client, and two endpoints that verify signatures. */
export interface TestSimulator {
  readonly simulator: Simulator
  readonly stripe: Stripe
  /** The events that each endpoint received. stripe-node has verified their signatures. */
  readonly connect: Stripe.Event[]
  readonly platform: Stripe.Event[]
  readonly clock: { ms: number }
  /** Calls a control: `control('POST /_sim/clock', { advance_s: 5 })`. */
  readonly control: (route: string, body?: object) => Promise<Json>
  /** Creates an enabled full-dashboard account. Its events are delivered and removed from the lists. */
  readonly enabledAccount: (
    params?: Stripe.AccountCreateParams,
    options?: Stripe.RequestOptions,
  ) => Promise<Stripe.Account>
  /** Creates a successful direct charge and waits for its asynchronous capture. */
  readonly payment: (
    account: string,
    params?: Partial<Stripe.PaymentIntentCreateParams>,
    options?: Stripe.RequestOptions,
  ) => Promise<Stripe.PaymentIntent>
  /** Settles, and returns the types of the events delivered since the last call, Connect endpoint first. */
  readonly types: () => Promise<string[]>
  readonly request: (path: string, init?: RequestInit) => Promise<Response>
}

export type Json = Record<string, never> & { readonly [key: string]: Json }

export const CONNECT_SECRET = 'whsec_connect'
export const PLATFORM_SECRET = 'whsec_platform'
/** 2026-11-02 12:00:00 UTC, a Monday. */
export const START_MS = Date.UTC(2026, 10, 2, 12)

export function testSimulator(options: SimulatorOptions & { receive?: () => number } = {}): TestSimulator {
  const { receive = () => 200, ...rest } = options
  const clock = { ms: START_MS }
  const connect: Stripe.Event[] = []
  const platform: Stripe.Event[] = []
  const simulator = createSimulator({
    now: () => clock.ms,
    webhooks: [
      { url: 'https://app.test/connect', connect: true, secret: CONNECT_SECRET },
      { url: 'https://app.test/platform', connect: false, secret: PLATFORM_SECRET },
    ],
    deliver: async (request) => {
      const isConnect = request.url.endsWith('/connect')
      const event = await verified(request, isConnect ? CONNECT_SECRET : PLATFORM_SECRET, clock.ms)
      const status = receive()
      if (status < 300) (isConnect ? connect : platform).push(event)
      return new Response('ok', { status })
    },
    ...rest,
  })
  const stripe = client(simulator)
  const control: TestSimulator['control'] = async (route, body) => {
    const [method = '', path = ''] = route.split(' ')
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await simulator.fetch(new Request(`https://stripe.test${path}`, init))
    const answer = (await response.json()) as Json
    if (!response.ok) throw new Error(JSON.stringify(answer))
    return answer
  }
  const types = async () => {
    await simulator.settle()
    return [...connect.splice(0), ...platform.splice(0)].map(({ type }) => type)
  }
  return {
    simulator,
    stripe,
    connect,
    platform,
    clock,
    control,
    types,
    request: (path, init) => simulator.fetch(new Request(new URL(path, 'https://stripe.test'), init)),
    async enabledAccount(params = { country: 'US' }, options = {}) {
      const { id } = await stripe.accounts.create(params, options)
      await control(`POST /_sim/accounts/${id}/onboard`, { outcome: 'enabled' })
      await types()
      return stripe.accounts.retrieve(id)
    },
    async payment(account, params = {}, options = {}) {
      const payment = await stripe.paymentIntents.create(
        {
          amount: 10_000,
          currency: 'usd',
          confirm: true,
          payment_method: 'pm_card_visa',
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          ...params,
        },
        { ...options, stripeAccount: account },
      )
      await simulator.advance(1)
      return payment
    },
  }
}

/** A stripe-node client that calls the simulator without a socket. */
export function client(simulator: Simulator, config: Stripe.StripeConfig = {}): Stripe {
  return new Stripe('sk_test_simulator', {
    httpClient: Stripe.createFetchHttpClient((url, init) => simulator.fetch(new Request(url, init))),
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  })
}

async function verified(request: Request, secret: string, nowMs: number): Promise<Stripe.Event> {
  const signature = request.headers.get('stripe-signature') ?? ''
  return Stripe.webhooks.constructEventAsync(await request.text(), signature, secret, 300, undefined, nowMs)
}

/** A header of an object's HTTP response. */
export function header(
  { lastResponse }: { lastResponse: { headers: Record<string, string> } },
  name: string,
): string | null {
  return new Headers(lastResponse.headers).get(name)
}

/** The error of a failed call. */
export async function failure(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('the call was expected to fail')
}
