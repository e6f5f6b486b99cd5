import type Stripe from 'stripe'
import { type World, newId } from '../core/world.ts'
import { postTransaction } from '../payments/ledger.ts'
import { emit } from '../webhooks/emit.ts'
import { addBusinessDays } from './calendar.ts'

export interface PayoutInput {
  readonly owner: string
  readonly amount: number
  readonly currency: string
  readonly bank: Stripe.ExternalAccount
  readonly automatic: boolean
  readonly method: 'standard' | 'instant'
  readonly description: string | null
  readonly statementDescriptor: string | null
  readonly metadata: Stripe.Metadata
}

/** How long after its creation a payout is in transit. */
export const SUBMITTED_AFTER_MS = 3_600_000
const INSTANT_TAKES_S = 1800
export const STANDARD_TAKES_DAYS = 2

/** Creates a payout and debits the balance at once. The bank gets the money later. */
export function newPayout(world: World, input: PayoutInput): Stripe.Payout {
  const { owner, amount, currency, bank, method } = input
  const id = newId(world, 'po')
  const created = world.clock.seconds()
  const transaction = postTransaction(world, {
    owner,
    type: 'payout',
    amount: -amount,
    currency,
    source: id,
    description: input.description ?? 'STRIPE PAYOUT',
  })
  const payout = world.tables.payouts.insert(owner, id, {
    id,
    object: 'payout',
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date:
      method === 'instant' ? created + INSTANT_TAKES_S : addBusinessDays(created, STANDARD_TAKES_DAYS),
    automatic: input.automatic,
    balance_transaction: transaction.id,
    created,
    currency,
    description: input.description,
    destination: bank.id,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: input.metadata,
    method,
    original_payout: null,
    payout_method: null,
    reconciliation_status: input.automatic ? 'in_progress' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: input.statementDescriptor,
    status: 'pending',
    trace_id: { status: 'pending', value: null },
    type: bank.object === 'card' ? 'card' : 'bank_account',
  })
  emit(world, { type: 'payout.created', owner, object: payout })
  const wait = method === 'instant' ? 0 : SUBMITTED_AFTER_MS
  world.taskQueue.add(world.clock.nowMs() + wait, { kind: 'payout.step', id })
  return payout
}
