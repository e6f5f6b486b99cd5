import type Stripe from 'stripe'
import type { MethodRecord, TestCard } from '../core/records.ts'
import { type World, newId } from '../core/world.ts'

/** What a charge takes from its PaymentIntent. */
export interface ChargeInput {
  readonly amount: number
  readonly currency: string
  readonly intent: Stripe.PaymentIntent | null
  readonly applicationFeeAmount: number | null
  readonly description: string | null
  readonly metadata: Stripe.Metadata
  readonly receiptEmail: string | null
  readonly descriptorSuffix: string | null
  readonly shipping: Stripe.PaymentIntent.Shipping | null
}

export interface ChargeResult {
  readonly status: 'succeeded' | 'pending' | 'failed'
  readonly captured: boolean
  readonly failure: { code: string; decline_code?: string; message: string } | null
  readonly authenticated: boolean
}

export function newCharge(
  world: World,
  scope: string,
  input: ChargeInput,
  { method, means }: MethodRecord,
  result: ChargeResult,
): Stripe.Charge {
  const id = newId(world, means.kind === 'card' ? 'ch' : 'py')
  const connected = scope !== world.platform.account
  const prefix = statementPrefix(world, scope)
  return {
    id,
    object: 'charge',
    amount: input.amount,
    amount_captured: result.captured && result.status !== 'failed' ? input.amount : 0,
    amount_refunded: 0,
    application: connected ? world.platform.application : null,
    application_fee: null,
    application_fee_amount: input.applicationFeeAmount,
    balance_transaction: null,
    billing_details: { ...method.billing_details, tax_id: null },
    calculated_statement_descriptor:
      means.kind === 'card'
        ? [prefix, input.descriptorSuffix].filter((part) => part !== null).join('* ')
        : null,
    captured: result.captured && result.status !== 'failed',
    created: world.clock.seconds(),
    currency: input.currency,
    customer: null,
    description: input.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: result.failure?.code ?? null,
    failure_message: result.failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: input.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(means.kind === 'card' ? means.card : null, result),
    paid: result.status === 'succeeded',
    payment_intent: input.intent?.id ?? null,
    payment_method: method.id,
    payment_method_details: methodDetails(method, result),
    radar_options: {},
    receipt_email: input.receiptEmail,
    receipt_number: null,
    receipt_url: result.status === 'failed' ? null : `${world.publicUrl()}/receipts/${id}`,
    refunded: false,
    review: null,
    shipping: input.shipping === null ? null : { ...input.shipping },
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: input.descriptorSuffix,
    status: result.status,
    transfer_data: null,
    transfer_group: null,
  }
}

/** The account's statement descriptor prefix, or its business name. */
export function statementPrefix({ tables }: World, scope: string): string {
  const account = tables.accounts.get(scope)?.account
  const settings = account?.settings
  return (
    settings?.card_payments.statement_descriptor_prefix ??
    settings?.payments.statement_descriptor ??
    account?.business_profile?.name?.toUpperCase().slice(0, 10) ??
    'STRIPE'
  )
}

function outcomeOf(card: TestCard | null, { status, failure }: ChargeResult): Stripe.Charge.Outcome {
  const blocked = card?.risk?.blocked === true
  const declined = status === 'failed'
  return {
    advice_code: declined && !blocked ? 'try_again_later' : null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: blocked
      ? 'not_sent_to_network'
      : declined
        ? 'declined_by_network'
        : 'approved_by_network',
    reason: blocked
      ? 'highest_risk_level'
      : declined
        ? (failure?.decline_code ?? failure?.code ?? null)
        : null,
    risk_level: card?.risk?.level ?? 'normal',
    risk_score: card?.risk?.level === 'highest' ? 90 : card?.risk?.level === 'elevated' ? 70 : 20,
    seller_message: blocked
      ? 'Stripe blocked this payment as too risky.'
      : declined
        ? 'The bank did not return any further details with this decline.'
        : 'Payment complete.',
    type: blocked ? 'blocked' : declined ? 'issuer_declined' : 'authorized',
  }
}

function methodDetails(
  { card, us_bank_account: bank }: Stripe.PaymentMethod,
  result: ChargeResult,
): Stripe.Charge.PaymentMethodDetails {
  if (card === undefined) {
    return {
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type: bank?.account_holder_type ?? null,
        account_type: bank?.account_type ?? null,
        bank_name: bank?.bank_name ?? null,
        fingerprint: bank?.fingerprint ?? null,
        last4: bank?.last4 ?? null,
        payment_reference: null,
        routing_number: bank?.routing_number ?? null,
      },
    }
  }
  return {
    type: 'card',
    card: {
      amount_authorized: null,
      authorization_code: null,
      brand: card.brand,
      checks: card.checks,
      country: card.country,
      electronic_commerce_indicator: result.authenticated ? '05' : null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: null,
      regulated_status: card.regulated_status,
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  }
}
