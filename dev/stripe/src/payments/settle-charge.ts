import type Stripe from 'stripe'
import { previousAttributes } from '../core/json.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { feeEventOwner } from './application-fees.ts'
import { balanceView } from './balance.ts'
import { postTransaction } from './ledger.ts'

const DAY_S = 86_400

/**
 * Creates the balance transactions of a captured charge: the account's, and the platform's for the application fee. With
 * asynchronous capture, Stripe's default, this follows the charge a moment later with a `charge.updated`.
 */
export function settleCharge(world: World, id: string, sendsUpdate: boolean): Stripe.Charge | undefined {
  const { charges } = world.tables
  const charge = charges.get(id)
  const owner = charges.ownerOf(id)
  if (charge === undefined || owner === undefined) return charge
  if (charge.status !== 'succeeded' || !charge.captured || charge.balance_transaction !== null) return charge
  const amount = charge.amount_captured
  const fee = takeFee(world, owner, charge)
  const availableOn = settlesOn(world, owner, charge)
  const accountPays = payer(world, owner) === 'account'
  const processing = stripeFee(amount, charge.currency)
  const transaction = postTransaction(world, {
    owner,
    type: charge.id.startsWith('py_') ? 'payment' : 'charge',
    amount,
    currency: charge.currency,
    source: charge.id,
    description: charge.description,
    availableOn,
    fees: [
      ...(fee === undefined ? [] : [feeDetail(world, 'application_fee', fee.amount, charge.currency)]),
      ...(accountPays ? [feeDetail(world, 'stripe_fee', processing, charge.currency)] : []),
    ],
  })
  if (!accountPays) payForAccount(world, charge, processing)
  const settled = charges.replace(id, {
    ...charge,
    balance_transaction: transaction.id,
    application_fee: fee?.id ?? null,
  })
  if (sendsUpdate) {
    const previous = previousAttributes(charge, settled)
    emit(world, { type: 'charge.updated', owner, object: settled, previous })
  }
  if (fee !== undefined)
    emit(world, { type: 'application_fee.created', owner: feeEventOwner(world, fee), object: fee })
  if (transaction.status === 'available' && transaction.net > 0)
    emit(world, { type: 'balance.available', owner, object: balanceView(world, owner) })
  return settled
}

/** Creates the platform's application fee, at most the captured amount. */
function takeFee(world: World, owner: string, charge: Stripe.Charge): Stripe.ApplicationFee | undefined {
  const requested = charge.application_fee_amount ?? 0
  const amount = Math.min(requested, charge.amount_captured)
  if (amount <= 0) return undefined
  const platform = world.platform.account
  const id = newId(world, 'fee')
  const transaction = postTransaction(world, {
    owner: platform,
    type: 'application_fee',
    amount,
    currency: charge.currency,
    source: id,
    description: `Application fee from ${owner}`,
    availableOn: settlesOn(world, owner, charge),
  })
  return world.tables.applicationFees.insert(platform, id, {
    id,
    object: 'application_fee',
    account: owner,
    amount,
    amount_refunded: 0,
    application: world.platform.application,
    balance_transaction: transaction.id,
    charge: charge.id,
    created: world.clock.seconds(),
    currency: charge.currency,
    fee_source: { charge: charge.id, type: 'charge' },
    livemode: false,
    originating_transaction: charge.id,
    refunded: false,
    refunds: { object: 'list', data: [], has_more: false, url: `/v1/application_fees/${id}/refunds` },
  })
}

function payForAccount(world: World, charge: Stripe.Charge, processing: number): void {
  postTransaction(world, {
    owner: world.platform.account,
    type: 'stripe_fee',
    amount: -processing,
    currency: charge.currency,
    source: charge.id,
    description: 'Processing fee of a connected account',
  })
}

/** Midnight UTC after the account's payout delay. Some test cards settle at once. */
function settlesOn({ clock, tables }: World, owner: string, charge: Stripe.Charge): number {
  const means = tables.paymentMethods.get(charge.payment_method ?? '')?.means
  if (means?.kind === 'card' && means.card.bypassPending === true) return clock.seconds()
  const delay = tables.accounts.get(owner)?.account.settings?.payouts?.schedule.delay_days ?? 2
  return (Math.floor(clock.seconds() / DAY_S) + delay) * DAY_S
}

function payer({ tables }: World, owner: string): string {
  return tables.accounts.get(owner)?.account.controller?.fees?.payer ?? 'account'
}

function feeDetail(
  { platform }: World,
  type: 'application_fee' | 'stripe_fee',
  amount: number,
  currency: string,
): Stripe.BalanceTransaction.FeeDetail {
  const application = type === 'application_fee'
  return {
    amount,
    application: application ? platform.application : null,
    currency,
    description: application ? 'Application fee' : 'Stripe processing fees',
    type,
  }
}

/** Stripe's fee for a domestic card charge, by currency: basis points and a fixed amount. */
const PRICES: Readonly<Record<string, { readonly bps: number; readonly fixed: number }>> = {
  usd: { bps: 290, fixed: 30 },
  eur: { bps: 150, fixed: 25 },
  gbp: { bps: 150, fixed: 20 },
  cad: { bps: 290, fixed: 30 },
  aud: { bps: 170, fixed: 30 },
  jpy: { bps: 360, fixed: 0 },
}
const DEFAULT_PRICE = { bps: 290, fixed: 30 }

/** Rounds half a minor unit up. */
function stripeFee(amount: number, currency: string): number {
  const { bps, fixed } = PRICES[currency] ?? DEFAULT_PRICE
  return Math.floor((amount * bps + 5000) / 10_000) + fixed
}
