import type Stripe from 'stripe'
import { externalAccountList, payoutFailure } from '../accounts/bank-accounts.ts'
import { changeAccount, externalAccounts, getAccount } from '../accounts/change.ts'
import { refused } from '../core/errors.ts'
import { idOf, previousAttributes } from '../core/json.ts'
import type { World } from '../core/world.ts'
import { postTransaction } from '../payments/ledger.ts'
import { emit } from '../webhooks/emit.ts'
import { DAY_S, addBusinessDays } from './calendar.ts'

/** A payout that waits because payouts are disabled is canceled after this time. */
const MAX_WAIT_S = 10 * DAY_S
/** How many business days a paid payout can still fail. */
const RETURNABLE_DAYS = 5

export const PAYOUT_STATUSES = ['in_transit', 'paid', 'failed', 'canceled'] as const
type PayoutStatus = (typeof PAYOUT_STATUSES)[number]

/** Moves a payout to its next status. The bank account number decides whether it arrives or fails. */
export function advancePayout(world: World, id: string): void {
  const payout = world.tables.payouts.get(id)
  const owner = world.tables.payouts.ownerOf(id)
  const record = world.tables.accounts.get(owner ?? '')
  if (payout === undefined || owner === undefined || record === undefined) return
  if (payout.status === 'pending') {
    // Disabled payouts do not stop a reversal.
    if (!record.account.payouts_enabled && payout.original_payout === null) {
      waitOrCancel(world, payout)
      return
    }
    setPayoutStatus(world, payout, 'in_transit')
    world.taskQueue.add(payout.arrival_date * 1000, { kind: 'payout.step', id })
    return
  }
  if (payout.status !== 'in_transit' || world.clock.seconds() < payout.arrival_date) return
  const number = record.bankNumbers[idOf(payout.destination)]
  // A reversal does not fail, and the money of a reversed payout cannot return twice.
  const cannotFail = payout.original_payout !== null || isReversed(world, payout)
  const failure = cannotFail ? undefined : payoutFailure(number)
  setPayoutStatus(world, payout, failure === undefined ? 'paid' : 'failed', failure)
}

/** Changes a payout's status and emits the events. `failed` and `canceled` are final, `paid` is not. */
export function setPayoutStatus(
  world: World,
  payout: Stripe.Payout,
  status: PayoutStatus,
  failure: { code: string; message: string } = COULD_NOT_PROCESS,
): Stripe.Payout {
  checkStatusChange(world, payout, status)
  switch (status) {
    case 'in_transit':
      return update(world, payout, { status })
    case 'paid':
      return complete(world, sent(world, payout))
    case 'failed':
      return fail(world, sent(world, payout), failure)
    case 'canceled':
      return cancel(world, payout)
    default:
      return status satisfies never
  }
}

function checkStatusChange(world: World, payout: Stripe.Payout, status: PayoutStatus): void {
  const allowed: readonly string[] = NEXT_STATUSES[payout.status] ?? []
  if (!allowed.includes(status)) {
    throw refused(`Payout ${payout.id} has a status of ${payout.status} and cannot become ${status}.`)
  }
  if (status === 'failed' && isReversed(world, payout)) {
    throw refused(`Payout ${payout.id} was reversed. Its money has returned and cannot return twice.`)
  }
  const final = addBusinessDays(payout.arrival_date, RETURNABLE_DAYS) + DAY_S
  if (payout.status === 'paid' && world.clock.seconds() >= final) {
    throw refused(`Payout ${payout.id} was paid more than ${RETURNABLE_DAYS} business days ago and is final.`)
  }
}

const NEXT_STATUSES: Readonly<Record<string, readonly PayoutStatus[]>> = {
  pending: ['in_transit', 'paid', 'failed', 'canceled'],
  in_transit: ['paid', 'failed'],
  paid: ['failed'],
}

function isReversed(world: World, payout: Stripe.Payout): boolean {
  const status = reversalOf(world, payout)?.status
  return status === 'in_transit' || status === 'paid'
}

function reversalOf({ tables }: World, payout: Stripe.Payout): Stripe.Payout | undefined {
  return tables.payouts.get(idOf(payout.reversed_by))
}

/** A payout is in transit before it arrives or fails. */
function sent(world: World, payout: Stripe.Payout): Stripe.Payout {
  return payout.status === 'pending' ? update(world, payout, { status: 'in_transit' }) : payout
}

function update(world: World, payout: Stripe.Payout, patch: Partial<Stripe.Payout>): Stripe.Payout {
  const owner = ownerOf(world, payout)
  const updated = world.tables.payouts.replace(payout.id, { ...payout, ...patch })
  const previous = previousAttributes(payout, updated)
  if (previous !== undefined) emit(world, { type: 'payout.updated', owner, object: updated, previous })
  return updated
}

function complete(world: World, payout: Stripe.Payout): Stripe.Payout {
  const owner = ownerOf(world, payout)
  const arrived = world.tables.payouts.replace(payout.id, {
    ...payout,
    status: 'paid',
    trace_id: { status: 'supported', value: world.ids.text(15).toUpperCase() },
  })
  emit(world, { type: 'payout.paid', owner, object: arrived })
  if (!payout.automatic || payout.reconciliation_status === 'completed') return arrived
  const reconciled = world.tables.payouts.replace(payout.id, {
    ...arrived,
    reconciliation_status: 'completed',
  })
  emit(world, { type: 'payout.reconciliation_completed', owner, object: reconciled })
  return reconciled
}

/**
 * The bank rejects the payout. The money returns, and the bank account becomes unusable until it changes. A failed reversal
 * does not affect the bank account (https://docs.stripe.com/connect/payout-reversals).
 */
function fail(
  world: World,
  payout: Stripe.Payout,
  failure: { code: string; message: string },
): Stripe.Payout {
  const owner = ownerOf(world, payout)
  const transaction = returnFunds(world, payout, 'payout_failure', 'Payout failure refund')
  const failed = world.tables.payouts.replace(payout.id, {
    ...payout,
    status: 'failed',
    failure_balance_transaction: transaction.id,
    failure_code: failure.code,
    failure_message: failure.message,
  })
  emit(world, { type: 'payout.failed', owner, object: failed })
  const reversal = reversalOf(world, failed)
  if (reversal?.status === 'pending') setPayoutStatus(world, reversal, 'canceled')
  if (failed.original_payout !== null) return failed
  const record = getAccount(world, owner)
  const list = externalAccounts(record).map((bank) =>
    bank.id === payout.destination ? { ...bank, status: 'errored' } : bank,
  )
  const off = world.switches.payout_failure === 'disables_payouts' ? { payouts_enabled: false } : {}
  changeAccount(world, owner, { account: { ...off, external_accounts: externalAccountList(owner, list) } })
  return failed
}

function cancel(world: World, payout: Stripe.Payout): Stripe.Payout {
  const transaction = returnFunds(world, payout, 'payout_cancel', 'Payout cancellation')
  const canceled = world.tables.payouts.replace(payout.id, {
    ...payout,
    status: 'canceled',
    failure_balance_transaction: transaction.id,
  })
  emit(world, { type: 'payout.canceled', owner: ownerOf(world, payout), object: canceled })
  return canceled
}

function returnFunds(
  world: World,
  payout: Stripe.Payout,
  type: 'payout_failure' | 'payout_cancel',
  description: string,
): Stripe.BalanceTransaction {
  const owner = ownerOf(world, payout)
  return postTransaction(world, {
    owner,
    type,
    amount: payout.amount,
    currency: payout.currency,
    source: payout.id,
    description,
  })
}

function waitOrCancel(world: World, payout: Stripe.Payout): void {
  if (world.clock.seconds() - payout.created >= MAX_WAIT_S) setPayoutStatus(world, payout, 'canceled')
  else world.taskQueue.add(world.clock.nowMs() + DAY_S * 1000, { kind: 'payout.step', id: payout.id })
}

function ownerOf({ tables, platform }: World, payout: Stripe.Payout): string {
  return tables.payouts.ownerOf(payout.id) ?? platform.account
}

const COULD_NOT_PROCESS = {
  code: 'could_not_process',
  message: 'The bank could not process this payout.',
}
