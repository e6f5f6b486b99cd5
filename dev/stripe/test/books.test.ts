import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { idOf } from '../src/core/json.ts'
import { type TestSimulator, testSimulator } from './test-simulator.ts'

const DAY = 86_400

const charge = fc.record({
  kind: fc.constant('charge' as const),
  amount: fc.integer({ min: 50, max: 500_000 }),
  fee: fc.integer({ min: 0, max: 49 }),
  card: fc.constantFrom(
    'pm_card_visa',
    'pm_card_bypassPending',
    'pm_card_createDispute',
    'pm_card_createDisputeInquiry',
    'pm_card_refundFail',
    'pm_card_pendingRefund',
    'pm_usBankAccount_success',
  ),
  manual: fc.boolean(),
})
const on = <K extends string>(kind: K) =>
  fc.record({ kind: fc.constant(kind), at: fc.nat({ max: 20 }), part: fc.integer({ min: 1, max: 100 }) })
const wait = fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 6 }) })
const step = fc.oneof(
  { weight: 3, arbitrary: charge },
  on('refund'),
  on('capture'),
  on('dispute_won'),
  on('dispute_lost'),
  on('payout'),
  on('payout_failed'),
  on('payout_reversed'),
  on('refund_failed'),
  on('fee_refund'),
  wait,
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

describe('money', () => {
  test.prop([fc.array(step, { minLength: 5, maxLength: 25 })], { numRuns: 60 })(
    'the books balance after any history, for every account and the platform',
    async (steps) => {
      const b = testSimulator()
      const { id } = await b.enabledAccount()
      for (const one of steps) await tryStep(b, id, one)
      await b.simulator.advance(30 * DAY)
      const { data, balanced } = await b.control('GET /_sim/books')
      expect(balanced, JSON.stringify(data)).toBe(true)
      expect(await expectedHolding(b.stripe, id)).toEqual(await actualHolding(b.stripe, id))
      const lines = Object.values<Record<string, unknown>>(data ?? {})
      const total = (column: string) => sum(lines.map((line) => Number(line[column])))
      expect(total('application_fees_paid'), 'fees paid equal fees earned').toBe(
        total('application_fees_earned'),
      )
    },
  )

  it('the books separate charges, refunds, fees and disputes', async () => {
    const b = testSimulator()
    const { id } = await b.enabledAccount()
    const paid = await b.payment(id, {
      application_fee_amount: 1000,
      payment_method: 'pm_card_bypassPending',
    })
    await b.stripe.refunds.create(
      { payment_intent: paid.id, amount: 5000, refund_application_fee: true },
      { stripeAccount: id },
    )
    await b.control(`POST /_sim/payment_intents/${paid.id}/dispute`)
    await b.control(`POST /_sim/payment_intents/${paid.id}/dispute`, { status: 'won' })
    const { data } = await b.control(`GET /_sim/books?account=${id}`)
    expect(data).toMatchObject([
      {
        charged: 10_000,
        refunded: 5000,
        stripe_fees: 320 + 1500,
        application_fees_paid: 500,
        disputed: 5000,
        reinstated: 5000,
        available: 10_000 - 5000 - 1820 - 500,
        pending: 0,
        balanced: true,
      },
    ])
  })
})

/** The holding that the account's objects add up to. */
async function expectedHolding(stripe: TestSimulator['stripe'], stripeAccount: string): Promise<number> {
  const page = [{ limit: 100 }, { stripeAccount }] as const
  const net = new Map<string, number>()
  let feesReturned = 0
  for await (const transaction of stripe.balanceTransactions.list(...page)) {
    net.set(transaction.id, transaction.net)
    if (transaction.type === 'application_fee_refund') feesReturned += transaction.net
  }
  const moved = (...transactions: Parameters<typeof idOf>[0][]) =>
    sum(transactions.map((transaction) => net.get(idOf(transaction)) ?? 0))
  const charges = await stripe.charges.list(...page)
  const refunds = await stripe.refunds.list(...page)
  const disputes = await stripe.disputes.list(...page)
  const payouts = await stripe.payouts.list(...page)
  return sum([
    feesReturned,
    ...charges.data.map((charge) => moved(charge.balance_transaction)),
    ...refunds.data.map((refund) => moved(refund.balance_transaction, refund.failure_balance_transaction)),
    ...disputes.data.map((dispute) => moved(...dispute.balance_transactions)),
    ...payouts.data.map(({ status, amount }) => (['failed', 'canceled'].includes(status) ? 0 : -amount)),
  ])
}

async function actualHolding(stripe: TestSimulator['stripe'], stripeAccount: string): Promise<number> {
  const { available, pending } = await stripe.balance.retrieve({}, { stripeAccount })
  return sum([...available, ...pending].map(({ amount }) => amount))
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}

/** Tries one step. Stripe may refuse it, which changes nothing. */
async function tryStep(
  { stripe, payment, control, simulator }: TestSimulator,
  stripeAccount: string,
  one: Step,
): Promise<void> {
  const options = { stripeAccount }
  const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]
  const attempt = async (call: () => Promise<unknown>) => {
    await call().catch((error: Error) => {
      if (error.message.includes('The simulator itself failed')) throw error
    })
  }
  if (one.kind === 'wait') {
    await simulator.advance(one.days * DAY)
    return
  }
  if (one.kind === 'charge') {
    await attempt(() =>
      payment(stripeAccount, {
        amount: one.amount,
        payment_method: one.card,
        ...(one.fee > 0 ? { application_fee_amount: one.fee } : {}),
        ...(one.manual ? { capture_method: 'manual' } : {}),
      }),
    )
    return
  }
  const intent = pick((await stripe.paymentIntents.list({ limit: 20 }, options)).data, one.at)
  const share = (amount: number) => Math.max(1, Math.floor((amount * one.part) / 100))
  const call = {
    refund: () =>
      stripe.refunds.create(
        {
          payment_intent: intent?.id ?? '',
          amount: share(intent?.amount ?? 1),
          refund_application_fee: one.part % 2 === 0,
        },
        options,
      ),
    capture: () =>
      stripe.paymentIntents.capture(
        intent?.id ?? '',
        { amount_to_capture: share(intent?.amount ?? 1) },
        options,
      ),
    dispute_won: () => control(`POST /_sim/payment_intents/${intent?.id}/dispute`, { status: 'won' }),
    dispute_lost: () => control(`POST /_sim/payment_intents/${intent?.id}/dispute`, { status: 'lost' }),
    payout: () => stripe.payouts.create({ amount: one.part * 100, currency: 'usd' }, options),
    payout_failed: async () => {
      const payout = pick((await stripe.payouts.list({}, options)).data, one.at)
      await control(`POST /_sim/payouts/${payout?.id}`, { status: 'failed' })
      await control(`POST /_sim/accounts/${stripeAccount}/move`, { move: 'bank_changed' })
    },
    payout_reversed: async () => {
      const payout = pick((await stripe.payouts.list({}, options)).data, one.at)
      await stripe.payouts.reverse(payout?.id ?? '', {}, options)
    },
    refund_failed: async () => {
      const refund = pick((await stripe.refunds.list({}, options)).data, one.at)
      await control(`POST /_sim/refunds/${refund?.id}/fail`)
    },
    fee_refund: async () => {
      const fee = pick((await stripe.applicationFees.list()).data, one.at)
      await stripe.applicationFees.createRefund(fee?.id ?? '', { amount: share(fee?.amount ?? 1) })
    },
  }[one.kind]
  await attempt(call)
}
