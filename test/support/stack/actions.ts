/** Actions on a platform, as data that fast-check generates, shrinks and prints. Actions of one round run concurrently. */
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { MOVES } from 'stripe-connect-simulator'

export const STRIPE_FAULTS = [
  'Stripe fails',
  'Stripe limits',
  'Stripe is away',
  'Stripe acts, then fails',
  'Stripe acts, and its answer is lost',
] as const
export type StripeFault = (typeof STRIPE_FAULTS)[number]

export const DATABASE_FAULTS = [
  'the database refuses',
  'the database is busy',
  'the database is away',
  'the database commits, and its answer is lost',
] as const
export type DatabaseFault = (typeof DATABASE_FAULTS)[number]

export const DASHBOARD = ['capture', 'cancel', 'refund', 'give the fee back', 'fail a refund'] as const

export type Action =
  | { do: 'move'; move: (typeof MOVES)[number] }
  | { do: 'pay'; amount: number; manual: boolean; fee: boolean; card: string }
  | { do: 'command'; payment: number; name: 'capture' | 'cancel' | 'refunds'; part: boolean }
  | { do: 'dashboard'; payment: number; name: (typeof DASHBOARD)[number] }
  | { do: 'dispute'; payment: number; status: string | null }
  | { do: 'pay out'; amount: number }
  | { do: 'cancel payout'; payout: number }
  | { do: 'move payout'; payout: number; status: string; failure: string | null }
  | { do: 'deauthorize' | 'authorize' | 'refresh' | 'cron' | 'crash' }
  | { do: 'deliver'; order: 'created' | 'reverse' | 'shuffle' }
  | { do: 'misdeliver'; mode: Record<string, unknown> }
  | { do: 'stripe fails'; fault: StripeFault; times: number }
  | { do: 'database fails'; fault: DatabaseFault; times: number }

export interface History {
  seed: number
  /** Whether Gatehouse creates the account. Otherwise it becomes known by its first webhook. */
  isMade: boolean
  /** Whether a payment with a fee exists before the first round, so that actions on payments find one. */
  isPaid: boolean
  rounds: readonly { after: number; actions: readonly Action[] }[]
}

const which = fc.nat({ max: 3 })
const share = fc.constantFrom(0, 0, 0.3, 0.7)

const action: Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('move' as const), move: fc.constantFrom(...MOVES) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: fc.constantFrom(1000, 2500, 100_000),
      manual: fc.boolean(),
      fee: fc.boolean(),
      card: fc.constantFrom(
        'pm_card_visa',
        'pm_card_visa',
        'pm_card_bypassPending',
        'pm_card_visa_chargeDeclined',
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      payment: which,
      name: fc.constantFrom('capture' as const, 'cancel' as const, 'refunds' as const),
      part: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('dashboard' as const),
      payment: which,
      name: fc.constantFrom(...DASHBOARD),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('dispute' as const),
      payment: which,
      status: fc.constantFrom(null, 'under_review', 'won', 'lost'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pay out' as const), amount: fc.constantFrom(500, 900) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel payout' as const), payout: which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move payout' as const),
      payout: which,
      status: fc.constantFrom('in_transit', 'paid', 'failed', 'canceled'),
      failure: fc.constantFrom(null, 'account_closed', 'could_not_process', 'an_unknown_code'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('refresh' as const, 'cron' as const, 'crash' as const, 'deauthorize' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('authorize' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      order: fc.constantFrom('created' as const, 'reverse' as const, 'shuffle' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('misdeliver' as const),
      mode: fc.record({
        hold: fc.nat({ max: 3 }).map((roll) => roll === 0),
        duplicate: share,
        copies: fc.constantFrom(1, 2),
        sibling: share,
        shuffle: fc.boolean(),
        drop: share,
        drop_as: fc.constantFrom('failed', 'delivered'),
        delay_ms: fc.constantFrom(0, [0, 3000]),
        same_second: fc.boolean(),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stripe fails' as const),
      fault: fc.constantFrom(...STRIPE_FAULTS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('database fails' as const),
      fault: fc.constantFrom(...DATABASE_FAULTS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

const after = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 1_500 }) },
  { weight: 2, arbitrary: fc.integer({ min: 2_000, max: 120_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 * 86_400_000, 6 * 86_400_000) },
)

export const histories: Arbitrary<History> = fc.record({
  seed: fc.nat({ max: 2 ** 31 - 1 }),
  isMade: fc.boolean(),
  isPaid: fc.boolean(),
  rounds: fc.array(fc.record({ after, actions: fc.array(action, { minLength: 1, maxLength: 4 }) }), {
    minLength: 2,
    maxLength: 10,
  }),
})
