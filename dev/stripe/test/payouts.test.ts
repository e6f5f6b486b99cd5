import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { START_MS, type TestSimulator, failure, testSimulator } from './test-simulator.ts'

const DAY = 86_400
const MONDAY = START_MS / 1000 - 12 * 3600

/**
 * https://docs.stripe.com/connect/account-balances
 * https://docs.stripe.com/payouts
 */
describe('balances', () => {
  it('a charge is pending until its day, and balance.available follows', async () => {
    const { stripe, enabledAccount, payment, simulator, types, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await manual(stripe, stripeAccount)
    await payment(stripeAccount)
    await types()
    const balance = () => stripe.balance.retrieve({}, { stripeAccount })
    expect(await balance()).toMatchObject({ available: [{ amount: 0 }], pending: [{ amount: 9680 }] })
    await simulator.advance(MONDAY + 2 * DAY - START_MS / 1000 - 2)
    expect(await types()).toEqual([])
    await simulator.advance(1)
    expect(await balance()).toMatchObject({ available: [{ amount: 9680 }], pending: [{ amount: 0 }] })
    expect(await types()).toEqual(['balance.available'])
    expect((await control('GET /_sim/books'))['balanced']).toBe(true)
  })

  it('a card that bypasses pending makes funds available at once', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    expect((await stripe.balance.retrieve({}, { stripeAccount })).available).toMatchObject([{ amount: 9680 }])
  })
})

/**
 * https://docs.stripe.com/connect/manage-payout-schedule
 * https://docs.stripe.com/api/payouts/object
 */
describe('automatic payouts', () => {
  it('available funds are paid out on the next business day, and the payout lists its transactions', async () => {
    const { stripe, enabledAccount, payment, simulator, types, connect } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount)
    await types()
    await simulator.advance(3 * DAY)
    const [payout] = (await stripe.payouts.list({}, { stripeAccount })).data
    expect(payout).toMatchObject({
      amount: 9680,
      automatic: true,
      status: 'in_transit',
      created: MONDAY + 3 * DAY,
      arrival_date: MONDAY + 7 * DAY,
      reconciliation_status: 'in_progress',
    })
    const early = stripe.balanceTransactions.list({ payout: payout?.id ?? '' }, { stripeAccount })
    expect(await failure(early)).toMatchObject({ code: 'payout_reconciliation_not_ready' })
    await simulator.advance(4 * DAY)
    expect(connect.map(({ type }) => type)).toEqual([
      'balance.available',
      'payout.created',
      'payout.updated',
      'payout.paid',
      'payout.reconciliation_completed',
    ])
    const parts = await stripe.balanceTransactions.list({ payout: payout?.id ?? '' }, { stripeAccount })
    expect(parts.data.map(({ type, source }) => [type, source])).toEqual([
      ['payout', payout?.id],
      ['charge', paid.latest_charge],
    ])
  })

  it.each<[Stripe.AccountUpdateParams.Settings.Payouts.Schedule, number]>([
    [{ interval: 'weekly', weekly_payout_days: ['friday'] }, 4],
    [{ interval: 'monthly', monthly_payout_days: [10] }, 8],
    [{ interval: 'monthly', monthly_payout_days: [31] }, 28],
  ])('payouts follow the schedule %j', async (schedule, days) => {
    const { stripe, enabledAccount, payment, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await stripe.accounts.update(stripeAccount, { settings: { payouts: { schedule } } })
    await payment(stripeAccount)
    await simulator.advance(40 * DAY)
    const payouts = await stripe.payouts.list({}, { stripeAccount })
    expect(payouts.data.map(({ created }) => (created - MONDAY) / DAY)).toEqual([days])
  })

  it('nothing is paid out while payouts are disabled or the balance is negative', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: false })
    const paid = await payment(stripeAccount)
    await simulator.advance(10 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data).toEqual([])
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    await control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: true })
    await simulator.advance(10 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data).toEqual([])
    expect((await stripe.balance.retrieve({}, { stripeAccount })).available).toMatchObject([
      { amount: -1820 },
    ])
  })

  it('automatic payouts continue when a negative balance becomes positive', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const paid = await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await simulator.advance(4 * DAY)
    await control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    const payouts = async () =>
      (await stripe.payouts.list({}, { stripeAccount })).data.map(({ amount }) => amount)
    await payment(stripeAccount, { amount: 5000, payment_method: 'pm_card_bypassPending' })
    await simulator.advance(4 * DAY)
    expect(await payouts()).toEqual([9680])
    await payment(stripeAccount, { amount: 8000, payment_method: 'pm_card_bypassPending' })
    await simulator.advance(4 * DAY)
    // The later funds, minus the dispute and its fee.
    expect(await payouts()).toEqual([4825 + 7738 - 11_500, 9680])
  })

  it('an automatic payout cannot be canceled, and the list filters by status', async () => {
    const { stripe, enabledAccount, payment, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await simulator.advance(MONDAY + DAY - START_MS / 1000)
    const [payout] = (await stripe.payouts.list({ status: 'pending' }, { stripeAccount })).data
    expect(payout).toMatchObject({ automatic: true, trace_id: { status: 'pending', value: null } })
    expect(await failure(stripe.payouts.cancel(payout?.id ?? '', {}, { stripeAccount }))).toMatchObject({
      statusCode: 400,
    })
    expect((await stripe.payouts.list({ status: 'paid' }, { stripeAccount })).data).toEqual([])
    await simulator.advance(4 * DAY)
    const [paid] = (await stripe.payouts.list({ status: 'paid' }, { stripeAccount })).data
    expect(paid).toMatchObject({
      id: payout?.id,
      trace_id: { status: 'supported', value: expect.any(String) },
    })
  })

  it('automatic payouts continue when payouts are enabled again', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: false })
    await payment(stripeAccount)
    await simulator.advance(10 * DAY)
    await control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: true })
    await simulator.advance(3 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data).toHaveLength(1)
  })
})

/**
 * https://docs.stripe.com/connect/manual-payouts
 * https://docs.stripe.com/connect/instant-payouts
 * https://docs.stripe.com/api/payouts/reverse
 */
describe('manual payouts', () => {
  it('a payout is pending, then in_transit, then paid', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    expect(payout).toMatchObject({
      status: 'pending',
      automatic: false,
      reconciliation_status: 'not_applicable',
    })
    await b.simulator.advance(10 * DAY)
    expect(await b.stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).toMatchObject({
      status: 'paid',
    })
    expect((await b.types()).filter((type) => type.startsWith('payout'))).toEqual([
      'payout.created',
      'payout.updated',
      'payout.paid',
    ])
  })

  it('a pending payout can be canceled, and its funds return', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    const before = await available(b, stripeAccount)
    expect(await b.stripe.payouts.cancel(payout.id, {}, { stripeAccount })).toMatchObject({
      status: 'canceled',
    })
    expect(await available(b, stripeAccount)).toBe(before + payout.amount)
    const next = await b.stripe.payouts.create({ amount: 100, currency: 'usd' }, { stripeAccount })
    await b.simulator.advance(3600)
    expect(await failure(b.stripe.payouts.cancel(next.id, {}, { stripeAccount }))).toMatchObject({
      statusCode: 400,
    })
  })

  it('a failed or canceled payout is final', async () => {
    for (const status of ['failed', 'canceled']) {
      const b = testSimulator()
      const { payout } = await paidOut(b)
      await b.control(`POST /_sim/payouts/${payout.id}`, { status })
      for (const next of ['in_transit', 'paid', 'failed', 'canceled'])
        await expect(b.control(`POST /_sim/payouts/${payout.id}`, { status: next })).rejects.toThrow(
          `has a status of ${status} and cannot become ${next}`,
        )
    }
  })

  it('an amount that a bank cannot receive is refused', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount({ country: 'HU' })).id
    const pay = (amount: number) => stripe.payouts.create({ amount, currency: 'huf' }, { stripeAccount })
    expect(await failure(pay(150))).toMatchObject({ param: 'amount' })
    expect(await failure(pay(200))).toMatchObject({ code: 'balance_insufficient' })
  })

  it('a payout without funds, without permission or without a bank account is refused', async () => {
    const { stripe, enabledAccount, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const pay = (params: { amount: number; currency: string }) =>
      stripe.payouts.create(params, { stripeAccount })
    expect(await failure(pay({ amount: 100, currency: 'usd' }))).toMatchObject({
      code: 'balance_insufficient',
    })
    expect(await failure(pay({ amount: 100, currency: 'eur' }))).toMatchObject({ param: 'currency' })
    await control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: false })
    expect(await failure(pay({ amount: 100, currency: 'usd' }))).toMatchObject({
      code: 'payouts_not_allowed',
    })
  })

  it('Stripe cancels a payout that waits for ten days', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    await b.control(`POST /_sim/accounts/${stripeAccount}`, { payouts_enabled: false })
    await b.simulator.advance(9 * DAY)
    expect(await b.stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).toMatchObject({
      status: 'pending',
    })
    await b.simulator.advance(3 * DAY)
    expect(await b.stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).toMatchObject({
      status: 'canceled',
    })
  })

  it('an instant payout has limits and may use pending funds', async () => {
    const { stripe, enabledAccount, payment, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await payment(stripeAccount)
    const pay = (amount: number) =>
      stripe.payouts.create({ amount, currency: 'usd', method: 'instant' }, { stripeAccount })
    expect(await failure(pay(40))).toMatchObject({ code: 'instant_payouts_limit_exceeded' })
    expect(await failure(pay(10_000))).toMatchObject({ code: 'balance_insufficient' })
    const { id } = await pay(5000)
    await simulator.advance(1800)
    expect((await stripe.payouts.retrieve(id, {}, { stripeAccount })).status).toBe('paid')
    const german = (await enabledAccount({ country: 'DE' })).id
    const euro = stripe.payouts.create(
      { amount: 5000, currency: 'eur', method: 'instant' },
      { stripeAccount: german },
    )
    expect(await failure(euro)).toMatchObject({ code: 'instant_payouts_currency_disabled' })
  })

  it('the balance shows the instantly available amount for each bank account', async () => {
    const { stripe, enabledAccount, payment } = testSimulator()
    const account = await enabledAccount()
    await payment(account.id)
    const balance = await stripe.balance.retrieve(
      { expand: ['instant_available.net_available'] },
      { stripeAccount: account.id },
    )
    expect(balance.instant_available).toMatchObject([
      {
        amount: 9680,
        currency: 'usd',
        net_available: [{ amount: 9680, destination: account.external_accounts?.data[0]?.id }],
      },
    ])
  })

  it('a reversal is a second payout', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    await b.simulator.advance(10 * DAY)
    const before = await available(b, stripeAccount)
    const reversal = await b.stripe.payouts.reverse(payout.id, {}, { stripeAccount })
    expect(reversal).toMatchObject({ amount: -payout.amount, original_payout: payout.id })
    expect((await b.stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).reversed_by).toBe(reversal.id)
    expect(await available(b, stripeAccount)).toBe(before + payout.amount)
    expect((await b.control('GET /_sim/books'))['balanced']).toBe(true)
  })

  it('a cancelable or instant payout cannot be reversed, nor any payout after 90 days', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    const reverse = (id: string) => failure(b.stripe.payouts.reverse(id, {}, { stripeAccount }))
    expect((await reverse(payout.id)).message).toContain('cancel it instead')
    await b.simulator.advance(100 * DAY)
    expect((await reverse(payout.id)).message).toContain('cannot be reversed')
    const instant = await b.stripe.payouts.create(
      { amount: 100, currency: 'usd', method: 'instant' },
      { stripeAccount },
    )
    await b.simulator.advance(DAY)
    expect((await reverse(instant.id)).message).toContain('cannot be reversed')
  })

  it('the money of a payout returns once, by a reversal or by a failure', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    await b.control(`POST /_sim/payouts/${payout.id}`, { status: 'paid' })
    const before = await available(b, stripeAccount)
    const reversal = await b.stripe.payouts.reverse(payout.id, {}, { stripeAccount })
    await b.types()
    await b.control(`POST /_sim/payouts/${payout.id}`, { status: 'failed' })
    expect((await b.types()).slice(0, 2)).toEqual(['payout.failed', 'payout.canceled'])
    expect(await available(b, stripeAccount)).toBe(before + payout.amount)
    expect((await b.stripe.payouts.retrieve(reversal.id, {}, { stripeAccount })).status).toBe('canceled')

    const other = await paidOut(b)
    await b.control(`POST /_sim/payouts/${other.payout.id}`, { status: 'paid' })
    await b.stripe.payouts.reverse(other.payout.id, {}, { stripeAccount: other.stripeAccount })
    await b.simulator.advance(2 * 3600)
    await expect(b.control(`POST /_sim/payouts/${other.payout.id}`, { status: 'failed' })).rejects.toThrow(
      'cannot return twice',
    )
  })

  it('a failed reversal leaves the payout paid', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    await b.control(`POST /_sim/payouts/${payout.id}`, { status: 'paid' })
    const before = await available(b, stripeAccount)
    const reversal = await b.stripe.payouts.reverse(payout.id, {}, { stripeAccount })
    await b.control(`POST /_sim/payouts/${reversal.id}`, { status: 'paid' })
    await b.types()
    await b.control(`POST /_sim/payouts/${reversal.id}`, { status: 'failed' })
    expect(await b.types()).toEqual(['payout.failed'])
    expect(await available(b, stripeAccount)).toBe(before)
    expect((await b.control('GET /_sim/books'))['balanced']).toBe(true)
  })
})

/**
 * https://docs.stripe.com/connect/payouts-connected-accounts
 * https://docs.stripe.com/connect/testing
 */
describe('payouts that fail', () => {
  it.each([
    ['000111111116', 'no_account'],
    ['000111111113', 'account_closed'],
    ['000222222227', 'insufficient_funds'],
    ['000333333335', 'debit_not_authorized'],
    ['000444444440', 'invalid_currency'],
  ])('a payout to %s fails with %s, and the bank account is errored', async (account_number, code) => {
    const { stripe, enabledAccount, payment, simulator, control, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await control(`POST /_sim/accounts/${stripeAccount}/move`, { move: 'bank_changed', account_number })
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await simulator.advance(DAY)
    await types()
    await simulator.advance(5 * DAY)
    const [payout] = (await stripe.payouts.list({}, { stripeAccount })).data
    expect(payout).toMatchObject({ status: 'failed', failure_code: code })
    expect(payout?.failure_balance_transaction).toMatch(/^txn_/)
    expect(await types()).toEqual(['payout.failed', 'account.external_account.updated', 'account.updated'])
    const account = await stripe.accounts.retrieve(stripeAccount)
    expect(account.external_accounts?.data).toMatchObject([{ status: 'errored' }])
    expect(account.payouts_enabled).toBe(true)
  })

  it('a failure stops all payouts until the bank details change', async () => {
    const { stripe, enabledAccount, payment, simulator, control } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await control(`POST /_sim/accounts/${stripeAccount}/move`, {
      move: 'bank_changed',
      account_number: '000111111116',
    })
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await simulator.advance(20 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data).toHaveLength(1)
    const manually = stripe.payouts.create({ amount: 100, currency: 'usd' }, { stripeAccount })
    expect(await failure(manually)).toMatchObject({ code: 'bank_account_unusable' })
    await control(`POST /_sim/accounts/${stripeAccount}/move`, { move: 'bank_changed' })
    await simulator.advance(10 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data.map(({ status }) => status)).toEqual([
      'paid',
      'failed',
    ])
  })

  it('a paid payout can fail within five business days', async () => {
    const b = testSimulator()
    const { payout, stripeAccount } = await paidOut(b)
    await b.control(`POST /_sim/payouts/${payout.id}`, { status: 'paid' })
    const before = await available(b, stripeAccount)
    await b.control(`POST /_sim/payouts/${payout.id}`, { status: 'failed', failure_code: 'account_frozen' })
    expect(await b.stripe.payouts.retrieve(payout.id, {}, { stripeAccount })).toMatchObject({
      status: 'failed',
      failure_code: 'account_frozen',
    })
    expect(await available(b, stripeAccount)).toBe(before + payout.amount)
    const late = await paidOut(b)
    await b.simulator.advance(20 * DAY)
    await expect(b.control(`POST /_sim/payouts/${late.payout.id}`, { status: 'failed' })).rejects.toThrow(
      'final',
    )
    await expect(b.control(`POST /_sim/payouts/${payout.id}`, { status: 'paid' })).rejects.toThrow(
      'cannot become paid',
    )
  })
})

/**
 * https://docs.stripe.com/api/balance-settings
 * https://docs.stripe.com/connect/manage-payout-schedule
 */
describe('payout settings', () => {
  it('is one truth under two names, and tells of changes under both', async () => {
    const { stripe, enabledAccount, types } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    await stripe.balanceSettings.update(
      { payments: { payouts: { schedule: { interval: 'weekly', weekly_payout_days: ['monday'] } } } },
      { stripeAccount },
    )
    expect(await types()).toEqual(['account.updated', 'balance_settings.updated'])
    const { settings } = await stripe.accounts.retrieve(stripeAccount)
    expect(settings?.payouts?.schedule).toMatchObject({ interval: 'weekly', weekly_payout_days: ['monday'] })
    await manual(stripe, stripeAccount)
    const balance = await stripe.balanceSettings.retrieve({}, { stripeAccount })
    expect(balance.payments.payouts).toMatchObject({ schedule: { interval: 'manual' }, status: 'enabled' })
  })

  it('is of connected accounts alone', async () => {
    const { stripe } = testSimulator()
    expect(await failure(stripe.balanceSettings.retrieve())).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('Stripe-Account'),
    })
  })

  it('a new schedule replaces a payout that the old one had scheduled', async () => {
    const { stripe, enabledAccount, payment, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const change = (schedule: Stripe.AccountUpdateParams.Settings.Payouts.Schedule) =>
      stripe.accounts.update(stripeAccount, { settings: { payouts: { schedule } } })
    await change({ interval: 'monthly', monthly_payout_days: [31] })
    await payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
    await change({ interval: 'weekly', weekly_payout_days: ['thursday'] })
    await simulator.advance(3 * DAY)
    const made = (await stripe.payouts.list({}, { stripeAccount })).data
    expect(made.map(({ created }) => created)).toEqual([MONDAY + 3 * DAY])
  })

  it('an anchor and its days are one setting, and impossible days are refused', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const change = async (schedule: Stripe.AccountUpdateParams.Settings.Payouts.Schedule) => {
      const account = await stripe.accounts.update(stripeAccount, { settings: { payouts: { schedule } } })
      return account.settings?.payouts?.schedule
    }
    await change({ interval: 'weekly', weekly_payout_days: ['monday', 'tuesday'] })
    expect(await change({ weekly_anchor: 'friday' })).toMatchObject({
      weekly_anchor: 'friday',
      weekly_payout_days: ['friday'],
    })
    expect(await change({ interval: 'monthly', monthly_anchor: 15 })).toMatchObject({
      monthly_anchor: 15,
      monthly_payout_days: [15],
    })
    expect(await failure(change({ monthly_payout_days: [15, 32] }))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'settings[payouts][schedule][monthly_payout_days][1]',
    })
    expect(await failure(change({ monthly_anchor: 32 }))).toMatchObject({
      param: 'settings[payouts][schedule][monthly_anchor]',
    })
    expect(await failure(change({ interval: 'weekly' }))).toMatchObject({
      code: 'parameter_missing',
      param: 'settings[payouts][schedule][weekly_payout_days]',
    })
  })

  it('negative balances are debited by default if Stripe collects requirements', async () => {
    const { stripe } = testSimulator()
    const debits = async (params: Stripe.AccountCreateParams) =>
      (await stripe.accounts.create(params)).settings?.payouts?.debit_negative_balances
    expect(await debits({})).toBe(true)
    const capabilities = { card_payments: { requested: true }, transfers: { requested: true } }
    expect(await debits({ type: 'custom', capabilities })).toBe(false)
  })

  it('the payout delay cannot change if Stripe is liable', async () => {
    const { stripe, enabledAccount } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const schedule = { delay_days: 10 }
    const call = stripe.accounts.update(stripeAccount, { settings: { payouts: { schedule } } })
    expect(await failure(call)).toMatchObject({ param: 'settings[payouts][schedule][delay_days]' })
    const least = stripe.accounts.update(stripeAccount, {
      settings: { payouts: { schedule: { delay_days: 'minimum' } } },
    })
    expect((await least).settings?.payouts?.schedule.delay_days).toBe(2)
  })

  it('a minimum balance is not paid out', async () => {
    const { stripe, enabledAccount, payment, simulator } = testSimulator()
    const stripeAccount = (await enabledAccount()).id
    const payments = { payouts: { minimum_balance_by_currency: { usd: 5000 } } }
    await stripe.balanceSettings.update({ payments }, { stripeAccount })
    await payment(stripeAccount)
    await simulator.advance(4 * DAY)
    expect((await stripe.payouts.list({}, { stripeAccount })).data).toMatchObject([{ amount: 4680 }])
  })
})

type Client = TestSimulator['stripe']

async function manual(stripe: Client, account: string): Promise<void> {
  await stripe.accounts.update(account, { settings: { payouts: { schedule: { interval: 'manual' } } } })
}

async function paidOut(b: TestSimulator) {
  const stripeAccount = (await b.enabledAccount()).id
  await manual(b.stripe, stripeAccount)
  await b.payment(stripeAccount, { payment_method: 'pm_card_bypassPending' })
  const payout = await b.stripe.payouts.create({ amount: 5000, currency: 'usd' }, { stripeAccount })
  return { stripeAccount, payout }
}

async function available(b: TestSimulator, stripeAccount: string): Promise<number> {
  return (await b.stripe.balance.retrieve({}, { stripeAccount })).available[0]?.amount ?? 0
}
