/** An account's books, to the cent: the sums of its stored payments and payouts, and Stripe's own books. */
import { amountRefunded } from '../../../machines/payment/derive.ts'
import { membersOf, type Facts } from '../../../machines/watermark.ts'
import type { PaymentFacts } from '../../../machines/payment/facts.ts'
import type { PayoutFacts } from '../../../machines/payout/facts.ts'

interface Instance {
  machine: string
  account: string
  context: { facts: Facts }
}

export interface Books {
  account: string
  charged: number
  given_back: number
  fees: number
  disputed: number
  paid_out: number
}

/** A refund in these states has moved no money yet. */
const WAITS = new Set(['pending', 'requires_action'])
const TAKEN = new Set(['won', 'prevented'])
const NOT_PAID_OUT = new Set(['failed', 'canceled'])

export function booksOf(account: string, instances: readonly Instance[]): Books {
  const of = (machine: string) =>
    instances.filter((one) => one.machine === machine && one.account === account)
  const payments = of('payment').map(({ context }) => context.facts as unknown as PaymentFacts)
  const payouts = of('payout').map(({ context }) => context.facts as unknown as PayoutFacts)
  const sum = <T>(items: readonly T[], amount: (item: T) => number) =>
    items.reduce((total, item) => total + amount(item), 0)
  const values = <V>(many: Parameters<typeof membersOf<V>>[0]) => membersOf(many).map(([, value]) => value)
  const refundsWaiting = (facts: PaymentFacts) =>
    sum(
      values(facts.refunds).filter(({ status }) => WAITS.has(status)),
      ({ amount }) => amount,
    )
  return {
    account,
    charged: sum(payments, ({ payment }) => payment?.value.amount_received ?? 0),
    given_back: sum(payments, (facts) => amountRefunded(facts) - refundsWaiting(facts)),
    fees: sum(payments, ({ fees }) => sum(values(fees), (fee) => fee.amount - fee.amount_refunded)),
    disputed: sum(payments, ({ disputes }) =>
      sum(
        values(disputes).filter(({ status }) => !status.startsWith('warning_') && !TAKEN.has(status)),
        ({ amount }) => amount,
      ),
    ),
    paid_out: sum(payouts, ({ payout }) =>
      payout && !NOT_PAID_OUT.has(payout.value.status) ? payout.value.amount : 0,
    ),
  }
}

/** `lines`: the simulator's books, one line for each currency. */
export function booksAtStripe(account: string, lines: readonly Record<string, any>[]): Books {
  const usd = lines.find(({ currency }) => currency === 'usd')
  const of = (name: string): number => usd?.[name] ?? 0
  return {
    account,
    charged: of('charged'),
    given_back: of('refunded') - of('refunds_failed'),
    fees: of('application_fees_paid'),
    disputed: of('disputed') - of('reinstated'),
    paid_out: of('paid_out') - of('payouts_returned'),
  }
}
