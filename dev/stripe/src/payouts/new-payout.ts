import type Stripe from 'stripe'
import { newId, type World } from '../core/world.ts'
import { post } from '../payments/ledger.ts'
import { emit } from '../webhooks/emit.ts'
import { addBusinessDays } from './calendar.ts'

export interface PayoutOrder {
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

/** How long a bank takes to be given the payout. */
export const SUBMITTED_AFTER_MS = 3_600_000
const INSTANT_TAKES_S = 1800
export const STANDARD_TAKES_DAYS = 2

/** The money leaves the balance at once; the bank has it later, or not. */
export function newPayout(world: World, order: PayoutOrder): Stripe.Payout {
  const { owner, amount, currency, bank, method } = order
  const id = newId(world, 'po')
  const created = world.clock.seconds()
  const transaction = post(world, {
    owner,
    type: 'payout',
    amount: -amount,
    currency,
    source: id,
    description: order.description ?? 'STRIPE PAYOUT',
  })
  const payout = world.tables.payouts.insert(owner, id, {
    id,
    object: 'payout',
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date:
      method === 'instant' ? created + INSTANT_TAKES_S : addBusinessDays(created, STANDARD_TAKES_DAYS),
    automatic: order.automatic,
    balance_transaction: transaction.id,
    created,
    currency,
    description: order.description,
    destination: bank.id,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: order.metadata,
    method,
    original_payout: null,
    payout_method: null,
    reconciliation_status: order.automatic ? 'in_progress' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: order.statementDescriptor,
    status: 'pending',
    trace_id: { status: 'pending', value: null },
    type: bank.object === 'card' ? 'card' : 'bank_account',
  })
  emit(world, { type: 'payout.created', owner, object: payout })
  const wait = method === 'instant' ? 0 : SUBMITTED_AFTER_MS
  world.agenda.add(world.clock.nowMs() + wait, { kind: 'payout.step', id })
  return payout
}
