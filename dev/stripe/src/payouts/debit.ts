import { getAccount } from '../accounts/change.ts'
import type { World } from '../core/world.ts'
import { holding } from '../payments/ledger.ts'
import { workingBank } from './automatic.ts'
import { addBusinessDays } from './calendar.ts'
import { newPayout } from './new-payout.ts'

/**
 * What an account owes is fetched from its bank account by a payout of a negative amount, on a manual schedule too; text
 * of 2024 says so (https://docs.stripe.com/connect/account-balances).
 */
export function bookDebit(world: World, id: string): void {
  if (owed(world, id).length === 0) return
  world.agenda.add(addBusinessDays(world.clock.seconds(), 1) * 1000, { kind: 'payout.debit', id })
}

export function runDebit(world: World, id: string): void {
  for (const { currency, amount, bank } of owed(world, id)) {
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

function owed(world: World, id: string) {
  if (world.switches.negative_balance !== 'debited' || !world.tables.accounts.get(id)) return []
  const record = getAccount(world, id)
  if (record.account.settings?.payouts?.debit_negative_balances !== true) return []
  return Object.keys(world.balances.get(id) ?? {}).flatMap((currency) => {
    const { available, pending } = holding(world, id, currency)
    // What is still settling makes up for it by itself.
    const amount = available + Math.max(0, pending)
    const bank = workingBank(record, currency)
    return amount < 0 && bank?.object === 'bank_account' ? [{ currency, amount, bank }] : []
  })
}
