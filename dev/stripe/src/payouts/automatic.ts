import type Stripe from 'stripe'
import { externalAccounts } from '../accounts/change.ts'
import type { AccountRecord } from '../accounts/record.ts'
import type { World } from '../core/world.ts'
import { isRunDay, nextRun } from './calendar.ts'
import { newPayout } from './new-payout.ts'

/** Books the next automatic run, by the schedule as it is now, if there is something to pay out. */
export function bookRun(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || payable(world, record).length === 0) return
  const schedule = record.account.settings?.payouts?.schedule
  const next = schedule === undefined ? undefined : nextRun(schedule, world.clock.seconds())
  if (next === undefined || record.nextPayoutMs === next * 1000) return
  world.tables.accounts.replace(id, { ...record, nextPayoutMs: next * 1000 })
  world.agenda.add(next * 1000, { kind: 'payout.automatic', id })
}

/** The day came: everything available goes out, unless another day was booked instead or the schedule has changed. */
export function runAutomatic(world: World, id: string): void {
  const record = world.tables.accounts.get(id)
  if (record === undefined || record.nextPayoutMs === null || record.nextPayoutMs > world.clock.nowMs())
    return
  const current = world.tables.accounts.replace(id, { ...record, nextPayoutMs: null })
  const schedule = record.account.settings?.payouts?.schedule
  if (schedule !== undefined && isRunDay(schedule, world.clock.seconds())) {
    for (const due of payable(world, current)) payOut(world, id, due)
  }
  bookRun(world, id)
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
  claim(world, owner, payout)
}

/** The transactions that make up an automatic payout can be listed by it. */
function claim({ tables, paidIn }: World, owner: string, payout: Stripe.Payout): void {
  for (const id of tables.balanceTransactions.ids(owner)) {
    const transaction = tables.balanceTransactions.get(id)
    if (transaction?.status !== 'available' || transaction.currency !== payout.currency) continue
    if (!paidIn.has(id)) paidIn.set(id, payout.id)
  }
}

/** Positive, available, over the minimum balance, and with a bank account that still works. */
function payable(world: World, record: AccountRecord): readonly Payable[] {
  const { account, connected: _, balanceSettings } = record
  if (!account.payouts_enabled || !account.details_submitted) return []
  return Object.entries(world.balances.get(account.id) ?? {}).flatMap(([currency, { available }]) => {
    const amount = available - (balanceSettings.minimum_balance_by_currency?.[currency] ?? 0)
    const bank = workingBank(record, currency)
    return amount > 0 && bank !== undefined ? [{ amount, currency, bank }] : []
  })
}

export function workingBank(record: AccountRecord, currency: string): Stripe.ExternalAccount | undefined {
  const banks = externalAccounts(record).filter((bank) => bank.currency === currency)
  const chosen = banks.find((bank) => bank.default_for_currency === true) ?? banks[0]
  return chosen?.status === 'errored' || chosen?.status === 'verification_failed' ? undefined : chosen
}
