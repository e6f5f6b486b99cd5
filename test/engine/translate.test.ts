/** The translation of each event type: the events for instances, and the input that begins an unknown one. */
import type { Stripe } from 'stripe'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import { translate as translateWith, type Translation } from '../../src/engine/translate.ts'
import { accountAdapter } from '../../src/accounts/adapter.ts'
import { registerLifecycles } from '../../src/engine/adapter.ts'
import { paymentAdapter } from '../../src/payments/adapter.ts'
import { payoutAdapter } from '../../src/payouts/adapter.ts'
import type { PAYMENT_EVENTS } from '../../src/payments/events.ts'

const CREATED = 1_800_000_000
const as_of = { from: CREATED, to: CREATED }

const event = (type: string, object: unknown, over: Record<string, unknown> = {}) =>
  EventEnvelope.parse({
    id: 'evt_1',
    type,
    account: 'acct_1',
    created: CREATED,
    livemode: false,
    api_version: '2026-10-28.endive',
    data: { object },
    ...over,
  })

/** Another lifecycle may read the same events; these are the expectations of three. */
const lifecycles = registerLifecycles(accountAdapter, paymentAdapter, payoutAdapter)

const translate = (envelope: EventEnvelope) => translateWith(envelope, lifecycles.handlersOf(envelope.type))

const OBJECTS = {
  account: { id: 'acct_1', object: 'account' },
  application: { id: 'ca_1', object: 'application' },
  bank: { id: 'ba_1', object: 'bank_account' },
  capability: { id: 'card_payments', object: 'capability', account: 'acct_1', status: 'active' },
  intent: { id: 'pi_1', object: 'payment_intent', currency: 'usd', created: 1 },
  charge: { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' },
  refund: { id: 're_1', object: 'refund', payment_intent: 'pi_1' },
  dispute: { id: 'du_1', object: 'dispute', payment_intent: { id: 'pi_1' } },
  session: { id: 'cs_1', object: 'checkout.session', payment_intent: 'pi_1' },
  warning: { id: 'issfr_1', object: 'radar.early_fraud_warning', payment_intent: 'pi_1' },
  fee: { id: 'fee_1', object: 'application_fee', account: { id: 'acct_1' }, charge: 'ch_1' },
  payout: { id: 'po_1', object: 'payout', currency: 'usd', created: 1 },
  balance: { object: 'balance', available: [], pending: [] },
  settings: { object: 'balance_settings', payments: {} },
  hold: { id: 'rh_1', object: 'reserve.hold', amount: 5, currency: 'usd' },
  plan: { id: 'rp_1', object: 'reserve.plan', percent: 5 },
}

const member =
  (value: unknown = expect.anything()) =>
  (id: string) => ({ items: { [id]: value }, all: false })
const some = expect.anything()

/** For each event type: its object, its lifecycle, and the observation. */
const OBSERVED: Record<string, [keyof typeof OBJECTS, 'account' | 'payment' | 'payout' | 'fee', object]> = {
  'account.updated': ['account', 'account', { account: some }],
  'account.application.authorized': ['application', 'account', { connection: 'connected' }],
  'account.application.deauthorized': ['application', 'account', { connection: 'disconnected' }],
  'account.external_account.created': ['bank', 'account', { external_accounts: member()('ba_1') }],
  'account.external_account.updated': ['bank', 'account', { external_accounts: member()('ba_1') }],
  'account.external_account.deleted': ['bank', 'account', { external_accounts: member(null)('ba_1') }],
  'capability.updated': ['capability', 'account', { capabilities: member('active')('card_payments') }],
  ...each('payment_intent', 'intent', 'payment', { payment: some }, [
    'created',
    'processing',
    'requires_action',
    'amount_capturable_updated',
    'partially_funded',
    'succeeded',
    'payment_failed',
    'canceled',
  ]),
  ...each('charge', 'charge', 'payment', { charges: member()('ch_1') }, [
    'pending',
    'succeeded',
    'failed',
    'captured',
    'expired',
    'updated',
    'refunded',
  ]),
  ...each('refund', 'refund', 'payment', { refunds: member()('re_1') }, ['created', 'updated', 'failed']),
  ...each('charge.refund', 'refund', 'payment', { refunds: member()('re_1') }, ['updated']),
  ...each('charge.dispute', 'dispute', 'payment', { disputes: member()('du_1') }, [
    'created',
    'updated',
    'closed',
    'funds_withdrawn',
    'funds_reinstated',
  ]),
  ...each('checkout.session', 'session', 'payment', { checkout_session: some }, [
    'completed',
    'async_payment_succeeded',
    'async_payment_failed',
    'expired',
  ]),
  ...each('radar.early_fraud_warning', 'warning', 'payment', { early_fraud_warnings: member()('issfr_1') }, [
    'created',
    'updated',
  ]),
  ...each('application_fee', 'fee', 'fee', { fees: member()('fee_1') }, ['created', 'refunded']),
  ...each('payout', 'payout', 'payout', { payout: some }, [
    'created',
    'updated',
    'paid',
    'failed',
    'canceled',
    'reconciliation_completed',
  ]),
  'balance.available': ['balance', 'account', { negative_balances: {} }],
  'balance_settings.updated': ['settings', 'account', { payout_settings: some }],
  ...each('reserve.hold', 'hold', 'account', { reserve_holds: member()('rh_1') }, ['created', 'updated']),
  ...each('reserve.plan', 'plan', 'account', { reserve_plans: member()('rp_1') }, [
    'created',
    'updated',
    'disabled',
    'expired',
  ]),
}

function each(
  prefix: string,
  object: keyof typeof OBJECTS,
  of: 'account' | 'payment' | 'payout' | 'fee',
  observation: object,
  words: readonly string[],
): typeof OBSERVED {
  return Object.fromEntries(words.map((word) => [`${prefix}.${word}`, [object, of, observation]]))
}

const observed = (observation: object) => ({ type: 'stripe.observed', as_of, observation })
const account = (observation: object = {}) => ({
  machine: 'account',
  id: 'acct_1',
  account: 'acct_1',
  event: observed(observation),
  begin: { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null },
})
const own = (machine: 'payment' | 'payout', id: string, observation: object, name: string | null = null) => ({
  machine,
  id,
  account: 'acct_1',
  event: observed(observation),
  begin: { id, account: 'acct_1', external_id: name },
})

/** An event of an owned object also reaches its account, so that an unknown account is adopted. */
const EVENTS_FOR = {
  account: (observation: object) => [account(observation)],
  payment: (observation: object) => [own('payment', 'pi_1', observation), account()],
  payout: (observation: object) => [own('payout', 'po_1', observation), account()],
  fee: (observation: object) => [
    { machine: 'payment', id: 'ch_1', isAlias: true, account: 'acct_1', event: observed(observation) },
  ],
}

describe('an event', () => {
  it('of every handled type is in this table', () => {
    expect(Object.keys(OBSERVED).sort()).toEqual([...lifecycles.eventTypes].sort())
  })

  it('of a payment or of its objects is handled if Stripe’s types name it', () => {
    type Of = 'payment_intent' | 'charge' | 'refund' | 'application_fee' | 'checkout.session'
    type Named = Extract<Stripe.Event['type'], `${Of | 'radar.early_fraud_warning'}.${string}`>
    // Only about a fee refund's metadata; `application_fee.refunded` reports the amount.
    type Unneeded = 'application_fee.refund.updated'
    expectTypeOf<Exclude<Named, keyof typeof PAYMENT_EVENTS>>().toEqualTypeOf<Unneeded>()
  })

  it.each(Object.entries(OBSERVED))(
    '%s reaches the instances it concerns',
    (type, [object, of, observation]) => {
      const over = of === 'fee' ? { account: undefined } : {}
      expect(translate(event(type, OBJECTS[object], over))).toEqual({
        kind: 'events',
        events: EVENTS_FOR[of](observation),
        payload: some,
      })
      expect(lifecycles.handlersOf(type)[0]?.endpoint).toBe(of === 'fee' ? 'platform' : 'connect')
    },
  )

  it('`payout.failed` carries the time of the failure, and no other type does', () => {
    const failed = { ...OBJECTS.payout, status: 'failed' }
    const failureIn = (type: string) => {
      const found = translate(event(type, failed)) as { events: any[] }
      return found.events[0].event.observation.failure
    }
    expect(failureIn('payout.failed')).toEqual({ at: CREATED })
    expect(failureIn('payout.updated')).toBeUndefined()
  })

  it('carries the external id from the object’s metadata', () => {
    const gatehouse_request = 'req_1'
    const named = (type: string, object: object) =>
      (
        translate(event(type, { ...object, metadata: { gatehouse_request } })) as { events: any[] }
      ).events.map(({ machine, begin, event: { type: what, external_id } }) => [
        machine,
        what,
        external_id ?? begin.external_id,
      ])
    const ofAccount = ['account', 'stripe.observed', null]
    for (const [type, object] of [
      ['payment_intent.created', OBJECTS.intent],
      ['checkout.session.completed', OBJECTS.session],
    ] as const)
      expect(named(type, object)).toEqual([
        ['payment', 'stripe.observed', 'acct_1:req_1'],
        ['payment', 'payment.named', 'acct_1:req_1'],
        ofAccount,
      ])
    expect(named('payout.created', OBJECTS.payout)).toEqual([
      ['payout', 'stripe.observed', 'acct_1:req_1'],
      ofAccount,
    ])
    const metadata = { gatehouse_external_id: 'shop-1' }
    expect(translate(event('account.updated', { ...OBJECTS.account, metadata }))).toMatchObject({
      events: [{ begin: { external_id: 'shop-1' } }],
    })
  })
})

describe('an event that moves nothing', () => {
  const ignored = (reason: string) => ({ kind: 'ignored', reason, payload: some })

  it.each([
    ['of an unhandled type', 'customer.created', {}, 'no machine handles this type'],
    ['of a type that is a name in JavaScript', 'constructor', {}, 'no machine handles this type'],
    [
      'without a PaymentIntent',
      'charge.succeeded',
      { ...OBJECTS.charge, payment_intent: null },
      'the object has no PaymentIntent',
    ],
    [
      'of a hold by a reserve plan',
      'reserve.hold.created',
      { ...OBJECTS.hold, reserve_plan: 'rp_1' },
      'the hold belongs to one charge, and the reserve plan covers all of those',
    ],
    [
      'of a hold of a charge',
      'reserve.hold.created',
      { ...OBJECTS.hold, source_charge: 'ch_1' },
      'the hold belongs to one charge, and the reserve plan covers all of those',
    ],
  ])('%s is ignored, with the reason', (_, type, object, reason) => {
    expect(translate(event(type, object))).toEqual(ignored(reason))
  })

  it.each(['account.updated', 'payout.paid', 'payment_intent.succeeded'])(
    'about the platform itself is ignored: %s',
    (type) => {
      const [object] = OBSERVED[type] ?? ['account']
      expect(translate(event(type, OBJECTS[object], { account: null }))).toEqual(
        ignored('it is about the platform itself, not a connected account'),
      )
    },
  )

  it('of a fee without a charge is ignored', () => {
    expect(translate(event('application_fee.created', { ...OBJECTS.fee, charge: null }))).toEqual(
      ignored('the fee has no charge'),
    )
  })
})

describe('an event that contradicts itself or cannot be read', () => {
  const failed = (reason: unknown) => ({ kind: 'failed', reason, payload: some })
  const of = (found: Translation) => ({ ...found, payload: some })

  it.each([
    ['account.updated', { ...OBJECTS.account, id: 'acct_2' }, /for acct_1, but its .+ acct_2/],
    ['capability.updated', { ...OBJECTS.capability, account: 'acct_2' }, /for acct_1, but its .+ acct_2/],
    ['capability.updated', { ...OBJECTS.capability, id: '#1' }, /the capability has no name/],
    ['payout.paid', { ...OBJECTS.payout, currency: 7 }, /^data\.object\.currency: invalid_type$/],
    [
      'balance.available',
      { ...OBJECTS.balance, available: [{ amount: 'x', currency: 'usd' }] },
      /^data\.object\.available\.0\.amount: invalid_type$/,
    ],
    ['payout.paid', null, /^data\.object\.: invalid_type$/],
    ['payout.paid', OBJECTS.charge, /^data\.object\.object: invalid_value$/],
  ])('%s with %j is a dead letter with its reason', (type, object, reason) => {
    expect(of(translate(event(type, object)))).toEqual(failed(expect.stringMatching(reason)))
  })

  it.each([
    ['payout.paid', OBJECTS.payout, { account: 'not_an_account' }],
    ['application_fee.created', { ...OBJECTS.fee, account: null }, {}],
  ])('%s that names no connected account is a dead letter', (type, object, over) => {
    expect(of(translate(event(type, object, over)))).toEqual(
      failed('UnreadableEvent: it does not name a connected account'),
    )
  })

  it('and whose capability has no status counts as inactive', () => {
    const { status: _, ...capability } = OBJECTS.capability
    expect(translate(event('capability.updated', capability))).toMatchObject({
      events: [{ event: { observation: { capabilities: { items: { card_payments: 'inactive' } } } } }],
    })
  })
})

describe('the stored payload of an event', () => {
  const envelope = { id: 'evt_1', account: 'acct_1', created: CREATED, livemode: false }
  const payloadOf = (type: string, object: unknown) => translate(event(type, object)).payload

  it('holds only the fields that were read', () => {
    const object = { ...OBJECTS.account, email: 'private@example.com' }
    const payload = payloadOf('account.updated', object)
    expect(payload).toMatchObject({
      ...envelope,
      data: { object: { ...OBJECTS.account, charges_enabled: false } },
    })
    expect(JSON.stringify(payload)).not.toContain('private@example.com')
  })

  it.each([
    [
      'customer.created',
      { id: 'cus_1', object: 'customer', name: 'private' },
      { id: 'cus_1', object: 'customer' },
    ],
    ['payout.paid', { id: 'po_1', object: 'payout', currency: 7 }, { id: 'po_1', object: 'payout' }],
    ['charge.succeeded', { ...OBJECTS.charge, payment_intent: null }, { id: 'ch_1', object: 'charge' }],
    ['customer.created', { id: 7, object: 7 }, {}],
    ['customer.created', 'private', {}],
    ['customer.created', null, {}],
    ['customer.created', undefined, {}],
  ])('that moved nothing holds only the ids to fetch it again: %s', (type, object, kept) => {
    const { api_version } = event(type, object)
    expect(payloadOf(type, object)).toEqual({ ...envelope, type, api_version, data: { object: kept } })
  })
})
