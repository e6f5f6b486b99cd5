import { accountView } from '../accounts/view.ts'
import type { World } from './world.ts'

/** Finds whatever an id names, among what the scope owns. Application fees are the platform's wherever they are seen. */
export function lookup(world: World, scope: string, id: string): object | undefined {
  const { tables, platform } = world
  switch (id.slice(0, id.indexOf('_'))) {
    case 'acct': {
      const record = tables.accounts.get(id)
      return record && accountView(world, record)
    }
    case 'ch':
    case 'py':
      return tables.charges.get(id)
    case 'pi':
      return tables.paymentIntents.owned(scope, id)
    case 'pm':
      return tables.paymentMethods.owned(scope, id)?.method
    case 're':
    case 'pyr':
      return tables.refunds.owned(scope, id)
    case 'txn':
      return tables.balanceTransactions.owned(scope, id)
    case 'dp':
    case 'du':
      return tables.disputes.owned(scope, id)
    case 'po':
      return tables.payouts.owned(scope, id)
    case 'fee':
      return tables.applicationFees.owned(platform.account, id)
    case 'ca':
      return { id, object: 'application', name: platform.name }
    case 'ba':
    case 'card':
      return tables.accounts.get(scope)?.account.external_accounts?.data.find((one) => one.id === id)
    default:
      return undefined
  }
}
