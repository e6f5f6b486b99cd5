import type Stripe from 'stripe'
import { invalidParameter } from '../core/errors.ts'
import { type World, newId } from '../core/world.ts'

export interface BankDetails {
  readonly country: string
  readonly currency: string
  readonly account_number: string
  readonly routing_number?: string
  readonly account_holder_name?: string
  readonly account_holder_type?: string
}

/** Stripe's test bank account numbers and how a payout to each fails (https://docs.stripe.com/connect/testing). */
const PAYOUT_FAILURES: Readonly<Record<string, { code: string; message: string }>> = {
  '000111111116': {
    code: 'no_account',
    message:
      'The bank account details on file are probably incorrect. No bank account could be located with those details.',
  },
  '000111111113': { code: 'account_closed', message: 'The bank account has been closed.' },
  '000222222227': {
    code: 'insufficient_funds',
    message: 'Your Stripe account has insufficient funds to cover the payout.',
  },
  '000333333335': {
    code: 'debit_not_authorized',
    message: 'Debit transactions are not approved on your bank account.',
  },
  '000444444440': {
    code: 'invalid_currency',
    message: 'The bank was unable to process this payout because of its currency.',
  },
}

/** Payouts to this number succeed. */
export const GOOD_BANK_NUMBER = '000123456789'

export function payoutFailure(number: string | undefined): { code: string; message: string } | undefined {
  return number === undefined || !Object.hasOwn(PAYOUT_FAILURES, number) ? undefined : PAYOUT_FAILURES[number]
}

const NO_REQUIREMENTS = { currently_due: [], errors: [], past_due: [], pending_verification: [] }

export function newBankAccount(world: World, account: string, details: BankDetails): Stripe.BankAccount {
  return {
    id: newId(world, 'ba'),
    object: 'bank_account',
    account,
    account_holder_name: details.account_holder_name ?? null,
    account_holder_type: details.account_holder_type ?? null,
    account_type: null,
    available_payout_methods: details.country === 'US' ? ['standard', 'instant'] : ['standard'],
    bank_name: 'STRIPE TEST BANK',
    country: details.country,
    currency: details.currency.toLowerCase(),
    default_for_currency: true,
    fingerprint: world.ids.text(16),
    future_requirements: NO_REQUIREMENTS,
    last4: details.account_number.slice(-4),
    metadata: {},
    requirements: NO_REQUIREMENTS,
    routing_number: details.routing_number ?? null,
    status: 'new',
  }
}

export function externalAccountList(
  account: string,
  data: readonly Stripe.ExternalAccount[],
): Stripe.ApiList<Stripe.ExternalAccount> {
  return {
    object: 'list',
    data: [...data],
    has_more: false,
    url: `/v1/accounts/${account}/external_accounts`,
  }
}

/** The bank details in a parameter, or behind one of Stripe's test tokens. */
export function bankDetails(
  param: string | object,
  account: Pick<Stripe.Account, 'country' | 'default_currency'>,
): BankDetails {
  const defaults = { country: account.country ?? 'US', currency: account.default_currency ?? 'usd' }
  if (typeof param !== 'string') {
    if (hasNumber(param)) return { ...defaults, ...param }
    throw invalidParameter('The simulator supports bank accounts only, no debit cards.', {
      param: 'external_account',
    })
  }
  const number = TOKENS[param]
  if (number === undefined) {
    throw invalidParameter(`No such token: '${param}'`, {
      code: 'resource_missing',
      param: 'external_account',
    })
  }
  return { ...defaults, account_number: number, routing_number: '110000000' }
}

function hasNumber(param: object): param is Partial<BankDetails> & Pick<BankDetails, 'account_number'> {
  return 'account_number' in param && typeof param.account_number === 'string'
}

const TOKENS: Readonly<Record<string, string>> = {
  btok_us: '000123456789',
  btok_us_verified: '000123456789',
  btok_us_noAccount: '000111111116',
  btok_us_accountClosed: '000111111113',
  btok_us_insufficientFunds: '000222222227',
  btok_us_debitNotAuthorized: '000333333335',
  btok_us_invalidCurrency: '000444444440',
}
