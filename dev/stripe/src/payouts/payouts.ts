import type Stripe from 'stripe'
import { externalAccounts, getAccount } from '../accounts/change.ts'
import { type Call, pathId } from '../core/call.ts'
import { noSuch, refused } from '../core/errors.ts'
import { mergeMetadata, previousAttributes } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { checkCurrency, checkPayoutAmount } from '../payments/amounts.ts'
import { holding } from '../payments/ledger.ts'
import { emit } from '../webhooks/emit.ts'
import { checkInstant } from './instant.ts'
import { setPayoutStatus } from './lifecycle.ts'
import { newPayout } from './new-payout.ts'

/** `POST /v1/payouts`: a manual payout (https://docs.stripe.com/api/payouts/create). */
export function createPayout(call: Call<Stripe.PayoutCreateParams>): Stripe.Payout {
  const { world, params, scope } = call
  const currency = checkCurrency(params.currency)
  checkPayoutAmount(params.amount, currency)
  const bank = destination(call, currency)
  const method = params.method === 'instant' ? 'instant' : 'standard'
  const funds = holding(world, scope, currency)
  if (method === 'instant') checkInstant(world, scope, params.amount, currency, bank)
  else if (params.amount > funds.available) {
    throw refused(
      'You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can use the the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).',
      { code: 'balance_insufficient' },
    )
  }
  return newPayout(world, {
    owner: scope,
    amount: params.amount,
    currency,
    bank,
    automatic: false,
    method,
    description: params.description ?? null,
    statementDescriptor: params.statement_descriptor ?? null,
    metadata: mergeMetadata({}, params.metadata),
  })
}

/** The bank account of a payout. Refuses the payout if the account cannot be paid out. */
function destination(
  { world, params, scope }: Call<Stripe.PayoutCreateParams>,
  currency: string,
): Stripe.ExternalAccount {
  if (scope === world.platform.account) throw noBank(currency)
  const record = getAccount(world, scope)
  if (!record.controlled) {
    throw refused(
      'You cannot create payouts on a Standard account that your platform does not control.',
      world.switches.uncontrolled_payout_error === 'coded' ? { code: 'not_allowed_on_standard_account' } : {},
    )
  }
  if (!record.account.payouts_enabled) {
    throw refused('Cannot create payouts: this account has payouts disabled.', {
      code: 'payouts_not_allowed',
    })
  }
  const banks = externalAccounts(record)
  const wanted = params.destination
  const bank =
    wanted === undefined
      ? banks.find((one) => one.currency === currency && one.default_for_currency === true)
      : banks.find(({ id }) => id === wanted)
  if (bank === undefined && wanted !== undefined) throw noSuch('external account', wanted, 'destination', 400)
  if (bank === undefined) throw noBank(currency)
  if (bank.status !== 'errored' && bank.status !== 'verification_failed') return bank
  throw refused("The bank account can't be used for payouts. Its details must be changed first.", {
    code: 'bank_account_unusable',
    param: 'destination',
  })
}

function noBank(currency: string): Error {
  return refused(`Sorry, you don't have any external accounts in that currency (${currency}).`, {
    param: 'currency',
  })
}

export function retrievePayout(call: Call): Stripe.Payout {
  return findPayout(call)
}

export function listPayouts({ world, params, scope }: Call<Stripe.PayoutListParams>) {
  return listPage(world.tables.payouts, {
    owner: scope,
    params,
    url: '/v1/payouts',
    kind: 'payout',
    where: (payout) =>
      inRange(payout.created, params.created) &&
      inRange(payout.arrival_date, params.arrival_date) &&
      (params.status === undefined || payout.status === params.status) &&
      (params.destination === undefined || payout.destination === params.destination),
    view: (payout) => payout,
  })
}

export function updatePayout(call: Call<Stripe.PayoutUpdateParams>): Stripe.Payout {
  const { world, params, scope } = call
  const payout = findPayout(call)
  const metadata = mergeMetadata(payout.metadata, params.metadata)
  const updated = world.tables.payouts.replace(payout.id, { ...payout, metadata })
  const previous = previousAttributes(payout, updated)
  if (previous !== undefined) emit(world, { type: 'payout.updated', owner: scope, object: updated, previous })
  return updated
}

/** Only a manual payout that is still pending can be canceled. */
export function cancelPayout(call: Call): Stripe.Payout {
  const payout = findPayout(call)
  if (payout.automatic) throw refused('Automatic payouts cannot be canceled.')
  if (payout.status !== 'pending') {
    throw refused('Payouts to bank accounts can only be canceled before they have been paid out.')
  }
  return setPayoutStatus(call.world, payout, 'canceled')
}

export function findPayout(call: Call): Stripe.Payout {
  const id = pathId(call)
  const payout = call.world.tables.payouts.owned(call.scope, id)
  if (payout === undefined) throw noSuch('payout', id)
  return payout
}
