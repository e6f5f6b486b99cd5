/** The observation of each Stripe object: every field if present, and otherwise the value that opens no gate. */
import { describe, expect, it } from 'vitest'
import {
  AccountObject,
  ApplicationFeeObject,
  ChargeObject,
  CheckoutSessionObject,
  DisputeObject,
  EarlyFraudWarningObject,
  ExternalAccountObject,
  PaymentIntentObject,
  RefundObject,
} from '../../src/stripe/objects.ts'
import {
  BalanceObject,
  BalanceSettingsObject,
  PayoutObject,
  ReserveHoldObject,
  ReservePlanObject,
} from '../../src/stripe/payout-objects.ts'
import {
  negativeBalances,
  observeAccount,
  observeExternalAccount,
  observePayoutSettings,
  observeReserveHold,
  observeReservePlan,
  settingsOfAccount,
} from '../../src/accounts/observe.ts'
import {
  observeCharge,
  observeDispute,
  observeFee,
  observePaymentIntent,
  observeRefund,
  observeSession,
  observeWarning,
} from '../../src/payments/observe.ts'
import { observePayout } from '../../src/payouts/observe.ts'

const account = (over: Record<string, unknown> = {}) =>
  observeAccount(AccountObject.parse({ id: 'acct_1', object: 'account', ...over }))

describe('an account', () => {
  const lists = {
    currently_due: ['b', 'a'],
    eventually_due: ['c'],
    past_due: ['d'],
    pending_verification: ['e'],
    current_deadline: 9,
  }
  const sorted = { ...lists, currently_due: ['a', 'b'] }
  const NONE = {
    currently_due: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
    current_deadline: null,
  }

  it('is observed with every field', () => {
    const errors = [{ requirement: 'a', code: 'invalid', reason: 'blurred' }]
    const observation = account({
      charges_enabled: true,
      payouts_enabled: true,
      details_submitted: true,
      country: 'US',
      default_currency: 'usd',
      capabilities: { card_payments: 'active', transfers: 7, 'Not a name': 'active', constructor: 'active' },
      requirements: { ...lists, disabled_reason: 'listed', errors },
      future_requirements: { ...lists, past_due: [] },
      controller: {
        type: 'application',
        is_controller: true,
        requirement_collection: 'stripe',
        stripe_dashboard: { type: 'full' },
        fees: { payer: 'account' },
        losses: { payments: 'stripe' },
      },
      external_accounts: { data: [{ id: 'ba_1', object: 'bank_account' }], has_more: false },
    })
    expect(observation).toEqual({
      account: {
        charges_enabled: true,
        payouts_enabled: true,
        details_submitted: true,
        disabled_reason: 'listed',
        requirements: { ...sorted, errors },
        future_requirements: { ...sorted, past_due: [] },
        country: 'US',
        default_currency: 'usd',
      },
      controller: {
        dashboard: 'full',
        fees_payer: 'account',
        losses: 'stripe',
        requirement_collection: 'stripe',
        type: 'application',
        is_controller: true,
      },
      capabilities: {
        items: { card_payments: 'active', transfers: 'inactive', constructor: 'active' },
        all: true,
      },
      external_accounts: { items: { ba_1: expect.any(Object) }, all: true },
    })
  })

  it('without fields may do nothing, and missing collections are not observed', () => {
    expect(account()).toEqual({
      account: {
        charges_enabled: false,
        payouts_enabled: false,
        details_submitted: false,
        disabled_reason: null,
        requirements: { ...NONE, errors: [] },
        future_requirements: NONE,
        country: null,
        default_currency: null,
      },
    })
  })

  it('with an empty controller has no known shape', () => {
    const nothing = { dashboard: null, fees_payer: null, losses: null, requirement_collection: null }
    for (const controller of [{}, { stripe_dashboard: {}, fees: {}, losses: {} }])
      expect(account({ controller }).controller).toEqual({ ...nothing, type: null, is_controller: false })
  })

  it('has a complete list of external accounts only if Stripe says so', () => {
    const shown = (external_accounts: unknown) => account({ external_accounts }).external_accounts?.all
    expect([{ data: [], has_more: true }, { data: [] }, { data: [], has_more: false }].map(shown)).toEqual([
      false,
      false,
      true,
    ])
  })

  it('has external accounts reduced to the fields that states need', () => {
    const observation = (over: object) =>
      observeExternalAccount(ExternalAccountObject.parse({ id: 'ba_1', object: 'card', ...over }))
    expect(observation({})).toEqual({
      object: 'card',
      status: null,
      currency: null,
      default_for_currency: false,
      instant: false,
    })
    const whole = { status: 'new', currency: 'usd', default_for_currency: true }
    expect(observation({ ...whole, available_payout_methods: ['standard', 'instant'] })).toEqual({
      object: 'card',
      ...whole,
      instant: true,
    })
    expect(observation({ available_payout_methods: ['standard'] }).instant).toBe(false)
  })

  it('has the same payout settings in its old and new fields and in BalanceSettings', () => {
    const ofAccount = (payouts: unknown) =>
      settingsOfAccount(AccountObject.parse({ id: 'acct_1', object: 'account', settings: { payouts } }))
    const both = {
      interval: 'weekly',
      weekly_payout_days: ['monday'],
      monthly_payout_days: [1],
      delay_days: 2,
      debit_negative_balances: true,
    }
    const { debit_negative_balances, ...schedule } = both
    expect(ofAccount({ debit_negative_balances, schedule })).toEqual(both)
    const anchors = { interval: 'weekly', weekly_anchor: 'monday', monthly_anchor: 1, delay_days: 2 }
    expect(ofAccount({ debit_negative_balances, schedule: anchors })).toEqual(both)
    const settings = (payments: unknown) =>
      observePayoutSettings(BalanceSettingsObject.parse({ object: 'balance_settings', payments }))
    const { delay_days, ...days } = schedule
    expect(
      settings({ debit_negative_balances, payouts: { schedule: days }, settlement_timing: { delay_days } }),
    ).toEqual(both)

    const nothing = {
      interval: null,
      weekly_payout_days: [],
      monthly_payout_days: [],
      delay_days: null,
      debit_negative_balances: null,
    }
    expect(ofAccount({ schedule: {} })).toEqual(nothing)
    for (const bare of [{}, { payouts: {} }, { payouts: { schedule: {} }, settlement_timing: {} }])
      expect(settings(bare)).toEqual(nothing)
    for (const bare of [undefined, {}, { debit_negative_balances: true }]) expect(ofAccount(bare)).toBeNull()
    expect(account({ settings: { payouts: { schedule: {} } } }).payout_settings).toEqual(nothing)
  })
})

describe('a payment', () => {
  const intent = (over: object = {}) =>
    observePaymentIntent(
      PaymentIntentObject.parse({
        id: 'pi_1',
        object: 'payment_intent',
        currency: 'usd',
        created: 5,
        ...over,
      }),
    )
  const bare = {
    status: 'unknown',
    amount: 0,
    currency: 'usd',
    amount_capturable: 0,
    amount_received: 0,
    application_fee_amount: null,
    capture_method: null,
    cancellation_reason: null,
    last_error: null,
    created: 5,
  }
  const whole = {
    status: 'succeeded',
    amount: 100,
    currency: 'usd',
    amount_capturable: 1,
    amount_received: 99,
    application_fee_amount: 3,
    capture_method: 'manual',
    cancellation_reason: 'abandoned',
    created: 5,
  }

  it('is observed with every field, and with none', () => {
    expect(intent()).toEqual({ payment: bare })
    expect(intent({ ...whole, latest_charge: 'ch_1', last_payment_error: { code: 'a' } })).toEqual({
      payment: { ...whole, last_error: { code: 'a', decline_code: null } },
    })
    expect(intent({ last_payment_error: { decline_code: 'b' } }).payment?.last_error).toEqual({
      code: null,
      decline_code: 'b',
    })
  })

  it('includes its charge and the charge’s refunds if they were expanded', () => {
    const charge = { id: 'ch_1', object: 'charge' }
    expect(Object.keys(intent({ latest_charge: charge }))).toEqual(['payment', 'charges'])
    const refunds = { data: [{ id: 're_1', object: 'refund' }] }
    const observation = (has_more?: boolean) =>
      intent({ latest_charge: { ...charge, refunds: { ...refunds, has_more } } })
    expect(observation(false)).toMatchObject({
      charges: { items: { ch_1: { status: 'unknown' } }, all: false },
      refunds: { items: { re_1: { status: 'unknown' } }, all: true },
    })
    expect([observation(true).refunds?.all, observation().refunds?.all]).toEqual([false, false])
  })

  it('has charges, disputes, fees, warnings and a session, each observed with every field and with none', () => {
    const charge = { status: 'succeeded', captured: true, amount_captured: 5, application_fee_amount: 1 }
    const chargeOf = (over: object) =>
      observeCharge(ChargeObject.parse({ id: 'ch_1', object: 'charge', ...over }))
    expect(chargeOf(charge)).toEqual(charge)
    expect(chargeOf({})).toEqual({
      status: 'unknown',
      captured: false,
      amount_captured: 0,
      application_fee_amount: null,
    })

    const dispute = { status: 'won', amount: 5, reason: 'fraudulent' }
    const disputeOf = (over: object) =>
      observeDispute(DisputeObject.parse({ id: 'du_1', object: 'dispute', ...over }))
    expect(disputeOf({ ...dispute, evidence_details: { due_by: 7 } })).toEqual({ ...dispute, due_by: 7 })
    for (const nothing of [{}, { evidence_details: {} }])
      expect(disputeOf(nothing)).toEqual({ status: 'unknown', amount: 0, reason: null, due_by: null })

    const fee = { id: 'fee_1', object: 'application_fee', amount: 9, amount_refunded: 4 }
    expect(observeFee(ApplicationFeeObject.parse(fee))).toEqual({ amount: 9, amount_refunded: 4 })

    const warningOf = (over: object) =>
      observeWarning(
        EarlyFraudWarningObject.parse({ id: 'issfr_1', object: 'radar.early_fraud_warning', ...over }),
      )
    expect(warningOf({})).toEqual({ fraud_type: null, actionable: false })
    expect(warningOf({ fraud_type: 'made_with_stolen_card', actionable: true })).toEqual({
      fraud_type: 'made_with_stolen_card',
      actionable: true,
    })

    const session = (over: object) =>
      observeSession(CheckoutSessionObject.parse({ id: 'cs_1', object: 'checkout.session', ...over }))
    expect(session({})).toEqual({ id: 'cs_1', status: null, payment_status: null })
    const done = { id: 'cs_1', status: 'complete', payment_status: 'paid' }
    expect(session(done)).toEqual(done)
  })

  it('has a released refund only if the refund succeeded with a null balance transaction', () => {
    const observation = (over: object) =>
      observeRefund(RefundObject.parse({ id: 're_1', object: 'refund', ...over }))
    const words = { reason: 'duplicate', pending_reason: 'processing', failure_reason: 'declined' }
    const made = { metadata: { gatehouse_request: 'req_1' }, balance_transaction: 'txn_1' }
    expect(observation({ status: 'succeeded', amount: 5, ...words, ...made })).toEqual({
      status: 'succeeded',
      amount: 5,
      released: false,
      request: 'req_1',
      ...words,
    })
    expect(observation({})).toEqual({
      status: 'unknown',
      amount: 0,
      released: false,
      request: null,
      reason: null,
      pending_reason: null,
      failure_reason: null,
    })
    const released = (over: object) => observation(over).released
    expect([
      released({ status: 'succeeded', balance_transaction: null }),
      released({ status: 'succeeded', balance_transaction: { id: 'txn_1' } }),
      released({ status: 'succeeded' }),
      released({ status: 'succeeded', balance_transaction: 7 }),
      released({ status: 'pending', balance_transaction: null }),
    ]).toEqual([true, false, false, false, false])
    expect(observation({ metadata: {} }).request).toBeNull()
  })
})

describe('a payout', () => {
  const payout = (over: object = {}, failedAt?: number) =>
    observePayout(
      PayoutObject.parse({ id: 'po_1', object: 'payout', currency: 'usd', created: 5, ...over }),
      failedAt,
    )

  it('is observed with every field, and with none', () => {
    const whole = {
      status: 'paid',
      amount: 100,
      currency: 'usd',
      automatic: false,
      method: 'instant',
      arrival_date: 6,
      destination: 'ba_1',
      failure_code: 'declined',
      original_payout: 'po_0',
      reversed_by: 'po_2',
      reconciliation_status: 'completed',
      created: 5,
    }
    expect(payout({ ...whole, trace_id: { status: 'supported', value: 'T1' } })).toEqual({
      payout: { ...whole, trace: { status: 'supported', id: 'T1' } },
    })
    expect(payout({ trace_id: { status: 'pending' } }).payout?.trace).toEqual({ status: 'pending', id: null })
    expect(payout()).toEqual({
      payout: {
        status: 'unknown',
        amount: 0,
        currency: 'usd',
        automatic: true,
        method: null,
        arrival_date: null,
        destination: null,
        failure_code: null,
        original_payout: null,
        reversed_by: null,
        reconciliation_status: null,
        trace: null,
        created: 5,
      },
    })
  })

  it('failed at the time its money returned, else at the time of its event', () => {
    const returned = { failure_balance_transaction: { id: 'txn_1', created: 8 } }
    const failed = { status: 'failed' }
    expect(payout({ ...failed, ...returned }, 9).failure).toEqual({ at: 8 })
    expect(payout({ ...failed, failure_balance_transaction: 'txn_1' }, 9).failure).toEqual({ at: 9 })
    expect(payout({ ...failed, failure_balance_transaction: null }, 9).failure).toEqual({ at: 9 })
    expect(payout(failed, 9).failure).toEqual({ at: 9 })
    expect(payout(failed)).not.toHaveProperty('failure')
    expect(payout({ status: 'paid', ...returned }, 9)).not.toHaveProperty('failure')
  })

  it('is explained by negative balances, by currency', () => {
    const available = [
      { amount: -1, currency: 'usd' },
      { amount: 0, currency: 'eur' },
      { amount: 1, currency: 'gbp' },
    ]
    const balance = BalanceObject.parse({ object: 'balance', available, pending: [] })
    expect(negativeBalances(balance)).toEqual({ usd: -1 })
  })

  it('is explained by a reserve hold, until it is released', () => {
    const hold = (over: object) =>
      observeReserveHold(
        ReserveHoldObject.parse({
          id: 'rh_1',
          object: 'reserve.hold',
          amount: 10,
          currency: 'usd',
          ...over,
        }),
      )
    expect(hold({ created_by: 'stripe', release_schedule: { release_after: 7 } })).toEqual({
      amount: 10,
      currency: 'usd',
      created_by: 'stripe',
      release_after: 7,
    })
    expect(hold({ release_schedule: {} })).toMatchObject({ created_by: null, release_after: null })
    expect(hold({})).toMatchObject({ amount: 10, release_after: null })
    const parts = (...amounts: number[]) => ({ release_details: amounts.map((amount) => ({ amount })) })
    expect(hold(parts(3, 4))).toMatchObject({ amount: 3 })
    expect(hold({ ...parts(3), amount_releasable: 2 })).toMatchObject({ amount: 2 })
    expect([hold(parts(3, 7)), hold(parts(3, 8)), hold({ amount_releasable: 0 })]).toEqual([null, null, null])
  })

  it('is explained by a reserve plan, until it ends', () => {
    const plan = (over: object) =>
      observeReservePlan(ReservePlanObject.parse({ id: 'rp_1', object: 'reserve.plan', ...over }))
    const rolling = { rolling_release: { days_after_charge: 30, expires_on: 9 } }
    expect(plan({ percent: 5, currency: 'usd', created_by: 'stripe', type: 'rolling', ...rolling })).toEqual({
      percent: 5,
      currency: 'usd',
      created_by: 'stripe',
      type: 'rolling',
      release_after: null,
      days_after_charge: 30,
      expires_on: 9,
    })
    expect(plan({ fixed_release: { release_after: 8 } })).toMatchObject({ release_after: 8 })
    for (const bare of [{}, { fixed_release: {}, rolling_release: {} }])
      expect(plan(bare)).toEqual({
        percent: 0,
        currency: null,
        created_by: null,
        type: null,
        release_after: null,
        days_after_charge: null,
        expires_on: null,
      })
    const statuses = ['disabled', 'expired', 'active', 'unheard_of']
    expect(statuses.map((status) => plan({ status }) === null)).toEqual([true, true, false, false])
  })
})
