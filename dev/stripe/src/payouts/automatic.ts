import type Stripe from 'stripe'
import { externalAccounts } from '../accounts/change.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { isPayoutDay, nextPayoutDay } from './calendar.ts'
import { newPayout } from './new-payout.ts'

/** Schedules the next automatic payout by the current payout schedule, if there are funds to pay out. */
export function scheduleNextPayout(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || payableAmounts(world, record).length === 0) return
  const schedule = record.account.settings?.payouts?.schedule
  const next = schedule === undefined ? undefined : nextPayoutDay(schedule, world.clock.seconds())
  if (next === undefined || record.nextPayoutMs === next * 1000) return
  world.tables.accounts.replace(id, { ...record, nextPayoutMs: next * 1000 })
  world.taskQueue.add(next * 1000, { kind: 'payout.automatic', id })
}

/** Pays out all available funds, unless the payout was rescheduled meanwhile. */
export function runAutomaticPayout(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || record.nextPayoutMs === null || record.nextPayoutMs > world.clock.nowMs())
    return
  const current = world.tables.accounts.replace(id, { ...record, nextPayoutMs: null })
  const schedule = record.account.settings?.payouts?.schedule
  if (schedule !== undefined && isPayoutDay(schedule, world.clock.seconds())) {
    for (const due of payableAmounts(world, current)) payOut(world, id, due)
  }
  scheduleNextPayout(world, id)
}

interface Payable {
  readonly amount: number
  readonly currency: string
  readonly bank: Stripe.ExternalAccount
}

function payOut(world: World, owner: string, { amount, currency, bank }: Payable): void {
  const descriptor = world.tables.accounts.get(owner)?.account.settings?.payouts?.statement_descriptor ?? null
  const payout = newPayout(world, {
    owner,
    amount,
    currency,
    bank,
    automatic: true,
    method: 'standard',
    description: 'STRIPE PAYOUT',
    statementDescriptor: descriptor,
    metadata: {},
  })
  assignTransactions(world, owner, payout)
}

/** Assigns the available transactions to the payout, so that a list can filter by it. */
function assignTransactions(
  { tables, payoutOfTransaction }: World,
  owner: string,
  payout: Stripe.Payout,
): void {
  for (const id of tables.balanceTransactions.ids(owner)) {
    const transaction = tables.balanceTransactions.get(id)
    if (transaction?.status !== 'available' || transaction.currency !== payout.currency) continue
    if (!payoutOfTransaction.has(id)) payoutOfTransaction.set(id, payout.id)
  }
}

/** The available amounts above the minimum balance, in currencies with a working bank account. */
function payableAmounts(world: World, record: AccountRecord): readonly Payable[] {
  const { account, connected: _, balanceSettings } = record
  if (!account.payouts_enabled || !account.details_submitted) return []
  return Object.entries(world.balances.get(account.id) ?? {}).flatMap(([currency, { available }]) => {
    const amount = available - (balanceSettings.minimum_balance_by_currency?.[currency] ?? 0)
    const bank = workingBankAccount(record, currency)
    return amount > 0 && bank !== undefined ? [{ amount, currency, bank }] : []
  })
}

export function workingBankAccount(
  record: AccountRecord,
  currency: string,
): Stripe.ExternalAccount | undefined {
  const banks = externalAccounts(record).filter((bank) => bank.currency === currency)
  const chosen = banks.find((bank) => bank.default_for_currency === true) ?? banks[0]
  return chosen?.status === 'errored' || chosen?.status === 'verification_failed' ? undefined : chosen
}
