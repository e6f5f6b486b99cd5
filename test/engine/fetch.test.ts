/** How Stripe is asked, and what its answers are taken to say: what is shown, of when, and what an error is an answer to. */
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

const look = (deps: FetchDeps, { machine, ...subject }: Subject) =>
  registered.adapterOf(machine).fetch(deps, subject)

const subject = (over: Partial<Subject> & Pick<Subject, 'machine' | 'id'>): Subject => ({
  account: 'acct_1',
  seq: 7,
  suspect: [],
  isOwed: false,
  withDetails: false,
  ...over,
})
const ASKED = { seq: 7, at: NOW, isOwed: false }
const GONE = { status: 403, error: { type: 'invalid_request_error', code: 'account_invalid', message: 'no' } }
/** What it comes to where Stripe says, within two seconds, that the account is out of reach. */
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
/** As what failure of Stripe's the look ended; undefined: with something else. */
const failureOf = (looking: Promise<unknown>) =>
  looking.then(
    () => 'it did not fail',
    (error: unknown) => failedCall(error)?.failure.kind,
  )

describe('an account', () => {
  const ofAccount = subject({ machine: 'account', id: 'acct_1' })
  const object = {
    id: 'acct_1',
    object: 'account',
    charges_enabled: true,
    controller: { type: 'application' },
  }
  const balance = { object: 'balance', available: [{ amount: -500, currency: 'usd' }], pending: [] }

  it('is asked for itself, and is connected', async () => {
    const { asked, deps } = stubStripe({ '/v1/accounts/acct_1': object })
    const found = await look(deps, { ...ofAccount, isOwed: true })
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
    expect(events(found)[0]).not.toHaveProperty('seen.negative_balances')
  })

  it('says by what name it was made here', async () => {
    const { deps } = stubStripe({
      '/v1/accounts/acct_1': { ...object, metadata: { gatehouse_external_id: 'shop' } },
    })
    const found = await look(deps, ofAccount)
    expect(found[1]).toEqual({
      machine: 'account',
      id: 'acct_1',
      account: 'acct_1',
      event: { type: 'account.named', external_id: 'shop' },
    })
    expect(found).toHaveLength(2)
  })

  it('is explained by its balance only to those who want all of it, of all the time that both took', async () => {
    const { asked, deps } = stubStripe({ '/v1/accounts/acct_1': object, '/v1/balance': balance }, 3_000)
    const [event] = events(await look(deps, { ...ofAccount, withDetails: true }))
    expect(asked.map((line) => line.split('?')[0])).toEqual([
      'platform /v1/accounts/acct_1',
      'acct_1 /v1/balance',
    ])
    expect(event).toMatchObject({
      // Both are asked at once, and so each takes what the two take.
      as_of: { from: SECOND, to: SECOND + 6 },
      observation: { negative_balances: { usd: -500 } },
    })
  })

  it('goes without its balance where Stripe would not show it, but not where it makes no sense', async () => {
    const says = (balanceSays: StubAnswer) =>
      stubStripe({ '/v1/accounts/acct_1': object, '/v1/balance': balanceSays }).deps
    const refused = { status: 400, error: { type: 'invalid_request_error', message: 'no' } }
    const [event] = events(await look(says(refused), { ...ofAccount, withDetails: true }))
    expect(event).toMatchObject({ type: 'stripe.observed', observation: { connection: 'connected' } })
    expect(event).not.toHaveProperty('seen.negative_balances')
    await expect(look(says({ object: 'balance' }), { ...ofAccount, withDetails: true })).rejects.toThrow(
      ZodError,
    )
  })

  it('out of reach is disconnected, as of when Stripe said so', async () => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': GONE }, 2_000)
    expect(await look(deps, ofAccount)).toEqual([
      { ...DISCONNECTED, event: { ...DISCONNECTED.event, asked: ASKED } },
    ])
  })

  it.each([
    ['a refusal', 'refused', { status: 400, error: { type: 'invalid_request_error', message: 'no' } }],
    [
      'our own key',
      'misconfigured',
      { status: 401, error: { type: 'invalid_request_error', message: 'no' } },
    ],
    ['a fault', 'unavailable', { status: 500, error: { type: 'api_error', message: 'no' } }],
  ])('is nothing at all after %s', async (_, kind, said) => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': said })
    expect(await failureOf(look(deps, ofAccount))).toBe(kind)
  })

  it('is nothing at all where the answer makes no sense', async () => {
    const { deps } = stubStripe({ '/v1/accounts/acct_1': { id: 'acct_1', object: 'customer' } })
    await expect(look(deps, ofAccount)).rejects.toBeInstanceOf(ZodError)
  })
})

describe('what an account has', () => {
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

  describe.each(KINDS)('a $machine', ({ path, object, shows, ...of }) => {
    const base = { machine: of.machine, id: of.id, account: 'acct_1' }

    it('is asked for as its account, and shows itself', async () => {
      const { asked, deps } = stubStripe({ [path]: object })
      expect(await look(deps, of)).toEqual([
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

    it('that Stripe does not have is not there, and says nothing of its account', async () => {
      const { deps } = stubStripe({})
      expect(await look(deps, of)).toEqual([
        {
          ...base,
          event: { type: 'stripe.unobservable', reason: 'Stripe has no such object', asked: ASKED },
        },
      ])
    })

    it('of an account out of reach says that too', async () => {
      const { deps } = stubStripe({ [path]: GONE }, 2_000)
      expect(await look(deps, of)).toEqual([
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
    ])('is nothing at all where Stripe is asked in vain: %s', async (kind, status) => {
      const said = { status, error: { type: 'invalid_request_error', message: 'no' } }
      expect(await failureOf(look(stubStripe({ [path]: said }).deps, of))).toBe(kind)
    })
  })

  it('a payment says which request made it, within its account', async () => {
    const { deps } = stubStripe({
      '/v1/payment_intents/pi_1': { ...intent, metadata: { gatehouse_request: 'web:1' } },
    })
    const found = await look(deps, subject({ machine: 'payment', id: 'pi_1' }))
    expect(found[1]).toEqual({
      machine: 'payment',
      id: 'pi_1',
      account: 'acct_1',
      event: { type: 'payment.named', external_id: 'acct_1:web:1' },
    })
  })
})

describe('what hangs on a payment', () => {
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

  async function lookAt(
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
    const [event] = events(await look(deps, subject({ machine: 'payment', id: 'pi_1', suspect })))
    if (event?.type !== 'stripe.observed') throw new Error('nothing was observed')
    return { event, observation: event.observation as Record<string, unknown>, asked: asked.slice(1) }
  }
  const CHARGE = { ...MEMBERS.charges, disputed: false, application_fee_amount: null }

  it('is not asked for where there is none', async () => {
    for (const charge of [
      null,
      'ch_1',
      CHARGE,
      { ...CHARGE, refunds: list([]) },
      { ...CHARGE, application_fee_amount: 0 },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await lookAt(charge)).asked).toEqual([])
    }
  })

  it.each<[Name, object, string]>([
    ['fees', { ...CHARGE, application_fee_amount: 50 }, 'platform /v1/application_fees?charge=ch_1'],
    ['disputes', { ...CHARGE, disputed: true }, 'acct_1 /v1/disputes?payment_intent=pi_1'],
    ['refunds', { ...CHARGE, refunds: list([], true) }, 'acct_1 /v1/refunds?payment_intent=pi_1'],
  ])('is asked for where the charge has some: %s', async (name, charge, path) => {
    const { asked, observation } = await lookAt(charge)
    expect(asked).toEqual([expect.stringContaining(path)])
    expect(observation[name]).toEqual(SHOWN[name])
  })

  it.each(NAMES.filter((name) => name !== 'fees'))('is asked for where it is suspect: %s', async (name) => {
    for (const piece of [name, `${name}.some_1`]) {
      // oxlint-disable-next-line no-await-in-loop
      const { asked, observation } = await lookAt(null, ['payment', piece])
      expect(asked).toEqual([expect.stringContaining(`acct_1 ${PATHS[name]}?`)])
      expect(asked[0]).toContain('payment_intent=pi_1')
      expect(observation[name]).toEqual(SHOWN[name])
    }
    // Another whose name only begins alike is another.
    expect((await lookAt(null, [`${name}x`])).asked).toEqual([])
  })

  it('is all there is, unless Stripe says that there is more', async () => {
    const says = { [PATHS.disputes]: list([MEMBERS.disputes], true) }
    expect((await lookAt(null, ['disputes'], says)).observation['disputes']).toMatchObject({ all: false })
  })

  it('that is not there is shown as none, a session as nothing', async () => {
    const says = { [PATHS.disputes]: list([]), [PATHS.checkout_session]: list([]) }
    const { observation } = await lookAt(null, ['disputes', 'checkout_session'], says)
    expect(observation['disputes']).toEqual({ items: {}, all: true })
    expect(observation).not.toHaveProperty('checkout_session')
  })

  it('is of all the time that the questions took, from the first to the last', async () => {
    const { event } = await lookAt(null, ['disputes', 'checkout_session'], {}, 4_000)
    expect(event.as_of).toEqual({ from: SECOND, to: SECOND + 12 })
    const alone = await lookAt(null, ['disputes'], {}, 4_000)
    expect(alone.event.as_of).toEqual({ from: SECOND, to: SECOND + 8 })
  })

  it('that makes no sense makes no sense of the payment', async () => {
    const says = { [PATHS.disputes]: list([{ id: 'dp_1', object: 'charge' }]) }
    await expect(lookAt(null, ['disputes'], says)).rejects.toBeInstanceOf(ZodError)
  })
})

describe('whoever asked', () => {
  const answer = (observation: object, at: number): InstanceEvent => ({
    machine: 'payment',
    id: 'pi_1',
    account: 'acct_1',
    event: { type: 'stripe.observed', as_of: seconds(at), observation, asked: { seq: 1, at: NOW } },
  })
  const step = (live: LiveOf<'payment'>, { event }: InstanceEvent): StepResult =>
    lifecycles.payment.step(live, event as never)

  it('is told what Stripe answered, also where something else was heard that cannot be ordered against it', () => {
    const before = aPayment()
    // While Stripe was asked, an event of the very second of the answer said otherwise.
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

  it('is told what is stored, where that is certain, or where nothing was answered', () => {
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

  it('and is told of nothing has not been understood', () => {
    const instanceEvent = answer({}, 1)
    for (const result of [undefined, { kind: 'unknown' } as const])
      expect(() => asAnswered(registered, result, instanceEvent)).toThrow(
        'a payment that was begun has no state',
      )
  })
})
