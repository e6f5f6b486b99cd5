/** What each lifecycle fetches, and how it reads the answers: observations, their time span, and errors that are answers. */
import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { lifecycles, type LiveOf } from '../support/lifecycles.ts'
import { asAnswered } from '../../src/engine/as-answered.ts'
import type { InstanceEvent, StepResult } from '../../src/engine/unit-of-work.ts'
import type { FetchDeps, FetchSubject } from '../../src/engine/adapter.ts'
import { lifecycles as registered } from '../../src/lifecycles.ts'
import { failedCall } from '../../src/stripe/errors.ts'
import { seconds } from '../support/an-account.ts'
import { aPayment, aPaymentTruth } from '../support/a-payment.ts'
import { stubStripe, NOW, type StubAnswer } from '../support/stub-stripe.ts'

const SECOND = NOW / 1000

type Subject = FetchSubject & { machine: string }

const fetchBy = (deps: FetchDeps, { machine, ...subject }: Subject) =>
  registered.adapterOf(machine).fetch(deps, subject)

const subject = (over: Partial<Subject> & Pick<Subject, 'machine' | 'id'>): Subject => ({
  account: 'acct_1',
  seq: 7,
  context: null,
  suspect: [],
  isOwed: false,
  withDetails: false,
  ...over,
})
const ASKED = { seq: 7, at: NOW, isOwed: false }
const GONE = { status: 403, error: { type: 'invalid_request_error', code: 'account_invalid', message: 'no' } }
/** The event of an account that Stripe, within two seconds, says is out of reach. */
const DISCONNECTED = {
  machine: 'account',
  id: 'acct_1',
  account: 'acct_1',
  event: {
    type: 'stripe.observed',
    as_of: { from: SECOND, to: SECOND + 2 },
    observation: { connection: 'disconnected' },
  },
}
const list = (data: object[], has_more = false) => ({ object: 'list', data, has_more, url: '/' })
const events = (events: InstanceEvent[]) => events.map(({ event }) => event)
/** The kind of Stripe failure that the fetch threw; undefined: another error. */
const failureOf = (fetching: Promise<unknown>) =>
  fetching.then(
    () => 'it did not fail',
    (error: unknown) => failedCall(error)?.failure.kind,
  )

describe('the fetch of an account', () => {
  const ofAccount = subject({ machine: 'account', id: 'acct_1' })
  const object = {
    id: 'acct_1',
    object: 'account',
    charges_enabled: true,
    controller: { type: 'application' },
  }
  const balance = { object: 'balance', available: [{ amount: -500, currency: 'usd' }], pending: [] }

  it('is one call as the platform, and shows that the account is connected', async () => {
    const { asked, deps } = stubStripe({ '/v1/accounts/acct_1': object })
    const found = await fetchBy(deps, { ...ofAccount, isOwed: true })
    expect(asked).toEqual(['platform /v1/accounts/acct_1'])
    expect(found).toEqual([
      {
        machine: 'account',
        id: 'acct_1',
        account: 'acct_1',
        event: {
          type: 'stripe.observed',
          as_of: seconds(SECOND),
          asked: { ...ASKED, isOwed: true },
          observation: expect.objectContaining({
            connection: 'connected',
            account: expect.objectContaining({ charges_enabled: true }),
          }),
        },
      },
    ])
    expect(events(found)[0]).not.toHaveProperty('observation.negative_balances')
  })

  it('names the account by the external id in its metadata', async () => {
    const { deps } = stubStripe({
      '/v1/accounts/acct_1': { ...object, metadata: { gatehouse_external_id: 'shop' } },
    })
    const found = await fetchBy(deps, ofAccount)
    expect(found[1]).toEqual({
      machine: 'account',
      id: 'acct_1',
      account: 'acct_1',
      event: { type: 'account.named', external_id: 'shop' },
    })
    expect(found).toHaveLength(2)
  })

  it('includes the balance only with details, and its span covers both calls', async () => {
    const { asked, deps } = stubStripe({ '/v1/accounts/acct_1': object, '/v1/balance': balance }, 3_000)
    const [event] = events(await fetchBy(deps, { ...ofAccount, withDetails: true }))
    expect(asked.map((line) => line.split('?')[0])).toEqual([
      'platform /v1/accounts/acct_1',
      'acct_1 /v1/balance',
    ])
    expect(event).toMatchObject({
      // Both calls run concurrently, so each lasts as long as the two together.
      as_of: { from: SECOND, to: SECOND + 6 },
      observation: { negative_balances: { usd: -500 } },
    })
  })

  it('leaves out a balance that Stripe refuses, but throws on an unreadable one', async () => {
    const says = (balanceSays: StubAnswer) =>
      stubStripe({ '/v1/accounts/acct_1': object, '/v1/balance': balanceSays }).deps
    const refused = { status: 400, error: { type: 'invalid_request_error', message: 'no' } }
    const [event] = events(await fetchBy(says(refused), { ...ofAccount, withDetails: true }))
    expect(event).toMatchObject({ type: 'stripe.observed', observation: { connection: 'connected' } })
    expect(event).not.toHaveProperty('observation.negative_balances')
    await expect(fetchBy(says({ object: 'balance' }), { ...ofAccount, withDetails: true })).rejects.toThrow(
      ZodError,
    )
  })

  it('shows a disconnected account if Stripe refuses access, with the span of the refusal', async () => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': GONE }, 2_000)
    expect(await fetchBy(deps, ofAccount)).toEqual([
      { ...DISCONNECTED, event: { ...DISCONNECTED.event, asked: ASKED } },
    ])
  })

  it.each([
    ['a refusal', 'refused', { status: 400, error: { type: 'invalid_request_error', message: 'no' } }],
    [
      'an error about our own key',
      'misconfigured',
      { status: 401, error: { type: 'invalid_request_error', message: 'no' } },
    ],
    ['a server error', 'unavailable', { status: 500, error: { type: 'api_error', message: 'no' } }],
  ])('throws after %s', async (_, kind, said) => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': said })
    expect(await failureOf(fetchBy(deps, ofAccount))).toBe(kind)
  })

  it('throws on an unreadable answer', async () => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': { id: 'acct_1', object: 'customer' } })
    await expect(fetchBy(deps, ofAccount)).rejects.toBeInstanceOf(ZodError)
  })
})

describe('the fetch of an owned object', () => {
  const intent = {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1000,
    currency: 'usd',
    created: 5,
  }
  const payout = {
    id: 'po_1',
    object: 'payout',
    status: 'paid',
    amount: 1000,
    currency: 'usd',
    automatic: true,
    created: 5,
  }
  const KINDS = [
    {
      ...subject({ machine: 'payment', id: 'pi_1' }),
      path: '/v1/payment_intents/pi_1',
      object: intent,
      shows: { payment: { status: 'succeeded', amount: 1000 } },
    },
    {
      ...subject({ machine: 'payout', id: 'po_1' }),
      path: '/v1/payouts/po_1',
      object: payout,
      shows: { payout: { status: 'paid', amount: 1000 } },
    },
  ]

  describe.each(KINDS)('of a $machine', ({ path, object, shows, ...of }) => {
    const base = { machine: of.machine, id: of.id, account: 'acct_1' }

    it('is one call as its account, and shows the object', async () => {
      const { asked, deps } = stubStripe({ [path]: object })
      expect(await fetchBy(deps, of)).toEqual([
        {
          ...base,
          event: {
            type: 'stripe.observed',
            as_of: seconds(SECOND),
            asked: ASKED,
            observation: expect.objectContaining(
              Object.fromEntries(
                Object.entries(shows).map(([name, truth]) => [name, expect.objectContaining(truth)]),
              ),
            ),
          },
        },
      ])
      expect(asked).toHaveLength(1)
      expect(asked[0]).toContain(`acct_1 ${path}`)
    })

    it('reports an object that Stripe does not have as unobservable, and nothing about the account', async () => {
      const { deps } = stubStripe({})
      expect(await fetchBy(deps, of)).toEqual([
        {
          ...base,
          event: { type: 'stripe.unobservable', reason: 'Stripe has no such object', asked: ASKED },
        },
      ])
    })

    it('reports an account out of reach as disconnected, too', async () => {
      const { deps } = stubStripe({ [path]: GONE }, 2_000)
      expect(await fetchBy(deps, of)).toEqual([
        {
          ...base,
          event: { type: 'stripe.unobservable', reason: 'the account is out of reach', asked: ASKED },
        },
        DISCONNECTED,
      ])
    })

    it.each([
      ['refused', 400],
      ['unavailable', 500],
      ['misconfigured', 403],
    ])('throws if Stripe fails: %s', async (kind, status) => {
      const said = { status, error: { type: 'invalid_request_error', message: 'no' } }
      expect(await failureOf(fetchBy(stubStripe({ [path]: said }).deps, of))).toBe(kind)
    })
  })

  it('of a payment names it by the request that made it, within its account', async () => {
    const { deps } = stubStripe({
      '/v1/payment_intents/pi_1': { ...intent, metadata: { gatehouse_request: 'web:1' } },
    })
    const found = await fetchBy(deps, subject({ machine: 'payment', id: 'pi_1' }))
    expect(found[1]).toEqual({
      machine: 'payment',
      id: 'pi_1',
      account: 'acct_1',
      event: { type: 'payment.named', external_id: 'acct_1:web:1' },
    })
  })
})

describe('the objects that belong to a payment', () => {
  const PATHS = {
    fees: '/v1/application_fees',
    disputes: '/v1/disputes',
    refunds: '/v1/refunds',
    charges: '/v1/charges',
    early_fraud_warnings: '/v1/radar/early_fraud_warnings',
    checkout_session: '/v1/checkout/sessions',
  }
  const MEMBERS = {
    fees: {
      id: 'fee_1',
      object: 'application_fee',
      account: 'acct_1',
      charge: 'ch_1',
      amount: 50,
      amount_refunded: 0,
    },
    disputes: { id: 'dp_1', object: 'dispute', status: 'lost', amount: 9, payment_intent: 'pi_1' },
    refunds: { id: 're_1', object: 'refund', status: 'pending', amount: 9, payment_intent: 'pi_1' },
    charges: { id: 'ch_1', object: 'charge', status: 'succeeded', captured: true, amount_captured: 9 },
    early_fraud_warnings: { id: 'issfr_1', object: 'radar.early_fraud_warning', actionable: true },
    checkout_session: { id: 'cs_1', object: 'checkout.session', status: 'open', payment_status: 'unpaid' },
  }
  type Name = keyof typeof PATHS
  const NAMES = Object.keys(PATHS) as Name[]
  const SHOWN: Record<Name, object> = {
    fees: { items: { fee_1: { amount: 50, amount_refunded: 0 } }, all: true },
    disputes: { items: { dp_1: expect.objectContaining({ status: 'lost', amount: 9 }) }, all: true },
    refunds: { items: { re_1: expect.objectContaining({ status: 'pending', amount: 9 }) }, all: true },
    charges: { items: { ch_1: expect.objectContaining({ captured: true }) }, all: true },
    early_fraud_warnings: { items: { issfr_1: { fraud_type: null, actionable: true } }, all: true },
    checkout_session: { id: 'cs_1', status: 'open', payment_status: 'unpaid' },
  }

  async function fetchPayment(
    charge: object | string | null,
    suspect: string[] = [],
    says: Record<string, StubAnswer> = {},
    tookMs = 0,
  ) {
    const { asked, deps } = stubStripe(
      {
        '/v1/payment_intents/pi_1': {
          id: 'pi_1',
          object: 'payment_intent',
          status: 'succeeded',
          amount: 1000,
          currency: 'usd',
          created: 5,
          latest_charge: charge,
        },
        ...Object.fromEntries(NAMES.map((name) => [PATHS[name], list([MEMBERS[name]])])),
        ...says,
      },
      tookMs,
    )
    const [event] = events(await fetchBy(deps, subject({ machine: 'payment', id: 'pi_1', suspect })))
    if (event?.type !== 'stripe.observed') throw new Error('the fetch observed nothing')
    return { event, observation: event.observation as Record<string, unknown>, asked: asked.slice(1) }
  }
  const CHARGE = { ...MEMBERS.charges, disputed: false, application_fee_amount: null }

  it('are not fetched if the charge has none', async () => {
    for (const charge of [
      null,
      'ch_1',
      CHARGE,
      { ...CHARGE, refunds: list([]) },
      { ...CHARGE, application_fee_amount: 0 },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await fetchPayment(charge)).asked).toEqual([])
    }
  })

  it.each<[Name, object, string]>([
    ['fees', { ...CHARGE, application_fee_amount: 50 }, 'platform /v1/application_fees?charge=ch_1'],
    ['disputes', { ...CHARGE, disputed: true }, 'acct_1 /v1/disputes?payment_intent=pi_1'],
    ['refunds', { ...CHARGE, refunds: list([], true) }, 'acct_1 /v1/refunds?payment_intent=pi_1'],
  ])('are fetched if the charge has some: %s', async (name, charge, path) => {
    const { asked, observation } = await fetchPayment(charge)
    expect(asked).toEqual([expect.stringContaining(path)])
    expect(observation[name]).toEqual(SHOWN[name])
  })

  it.each(NAMES.filter((name) => name !== 'fees'))('are fetched if they are suspect: %s', async (name) => {
    for (const piece of [name, `${name}.some_1`]) {
      // oxlint-disable-next-line no-await-in-loop
      const { asked, observation } = await fetchPayment(null, ['payment', piece])
      expect(asked).toEqual([expect.stringContaining(`acct_1 ${PATHS[name]}?`)])
      expect(asked[0]).toContain('payment_intent=pi_1')
      expect(observation[name]).toEqual(SHOWN[name])
    }
    // A longer name that starts with this one is another piece.
    expect((await fetchPayment(null, [`${name}x`])).asked).toEqual([])
  })

  it('are complete, unless Stripe says that there are more', async () => {
    const says = { [PATHS.disputes]: list([MEMBERS.disputes], true) }
    expect((await fetchPayment(null, ['disputes'], says)).observation['disputes']).toMatchObject({
      all: false,
    })
  })

  it('are an empty collection if there are none; a missing session is left out', async () => {
    const says = { [PATHS.disputes]: list([]), [PATHS.checkout_session]: list([]) }
    const { observation } = await fetchPayment(null, ['disputes', 'checkout_session'], says)
    expect(observation['disputes']).toEqual({ items: {}, all: true })
    expect(observation).not.toHaveProperty('checkout_session')
  })

  it('share the span from the first call to the last', async () => {
    const { event } = await fetchPayment(null, ['disputes', 'checkout_session'], {}, 4_000)
    expect(event.as_of).toEqual({ from: SECOND, to: SECOND + 12 })
    const alone = await fetchPayment(null, ['disputes'], {}, 4_000)
    expect(alone.event.as_of).toEqual({ from: SECOND, to: SECOND + 8 })
  })

  it('make the fetch throw if they cannot be read', async () => {
    const says = { [PATHS.disputes]: list([{ id: 'dp_1', object: 'charge' }]) }
    await expect(fetchPayment(null, ['disputes'], says)).rejects.toBeInstanceOf(ZodError)
  })
})

describe('asAnswered', () => {
  const answer = (observation: object, at: number): InstanceEvent => ({
    machine: 'payment',
    id: 'pi_1',
    account: 'acct_1',
    event: { type: 'stripe.observed', as_of: seconds(at), observation, asked: { seq: 1, at: NOW } },
  })
  const step = (live: LiveOf<'payment'>, { event }: InstanceEvent): StepResult =>
    lifecycles.payment.step(live, event as never)

  it('shows Stripe’s answer although a webhook of the same second contradicts it', () => {
    const before = aPayment()
    // During the call, a webhook of the answer's second said otherwise.
    const heard = lifecycles.payment.step(before, {
      type: 'stripe.observed',
      as_of: seconds(200),
      observation: { payment: aPaymentTruth({ status: 'processing' }) },
    }).live
    const canceled = answer({ payment: aPaymentTruth({ status: 'canceled' }) }, 200)
    const result = step(heard, canceled)
    expect('live' in result && result.live.value).toMatchObject({ payment: 'processing' })
    expect(asAnswered(registered, result, canceled).value).toMatchObject({ payment: 'canceled' })
  })

  it('shows the stored state if it is not suspect, or if the event was no answer', () => {
    const live = aPayment()
    const moved = step(live, answer({ payment: aPaymentTruth({ status: 'canceled' }) }, 200))
    expect(
      asAnswered(registered, moved, answer({ payment: aPaymentTruth({ status: 'processing' }) }, 300)).value,
    ).toMatchObject({ payment: 'canceled' })
    const still: StepResult = { kind: 'unmoved', live, why: 'refused' }
    expect(
      asAnswered(registered, still, {
        machine: 'payment',
        id: 'pi_1',
        account: 'acct_1',
        event: { type: 'capture.requested' },
      }),
    ).toBe(live)
  })

  it('throws if there is no instance', () => {
    const instanceEvent = answer({}, 1)
    for (const result of [undefined, { kind: 'unknown' } as const])
      expect(() => asAnswered(registered, result, instanceEvent)).toThrow(
        'a payment that was begun has no state',
      )
  })
})
