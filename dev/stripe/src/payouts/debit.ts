import { getAccount } from '../accounts/change.ts'
import type { World } from '../core/world.ts'
import { holding } from '../payments/ledger.ts'
import { workingBankAccount } from './automatic.ts'
import { addBusinessDays } from './calendar.ts'
import { newPayout } from './new-payout.ts'

/**
 * Schedules the debit of a negative balance from the bank account, which is a payout of a negative amount. Text of 2024
 * says that it happens on a manual schedule too (https://docs.stripe.com/connect/account-balances).
 */
export function scheduleDebit(world: World, id: string): void {
  if (negativeBalances(world, id).length === 0) return
  world.taskQueue.add(addBusinessDays(world.clock.seconds(), 1) * 1000, { kind: 'payout.debit', id })
}

export function runDebit(world: World, id: string): void {
  for (const { currency, amount, bank } of negativeBalances(world, id)) {
    newPayout(world, {
      owner: id,
      amount,
      currency,
      bank,
      automatic: true,
      method: 'standard',
      description: 'STRIPE PAYOUT',
      statementDescriptor: null,
      metadata: {},
    })
  }
}

function negativeBalances(world: World, id: string) {
  if (world.switches.negative_balance !== 'debited' || !world.tables.accounts.get(id)) return []
  const record = getAccount(world, id)
  if (record.account.settings?.payouts?.debit_negative_balances !== true) return []
  return Object.keys(world.balances.get(id) ?? {}).flatMap((currency) => {
    const { available, pending } = holding(world, id, currency)
    // Pending funds will cover part of the negative balance.
    const amount = available + Math.max(0, pending)
    const bank = workingBankAccount(record, currency)
    return amount < 0 && bank?.object === 'bank_account' ? [{ currency, amount, bank }] : []
  })
}
