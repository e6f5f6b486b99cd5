import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { StripeRefusal, invalidParameter, missingParameter, noSuch } from '../core/errors.ts'
import { mergeMetadata } from '../core/json.ts'
import type { Decline, MethodRecord } from '../core/records.ts'
import { type World, newId } from '../core/world.ts'
import { declineUnknownCard, testCard } from './cards.ts'

/** `POST /v1/payment_methods`. */
export function createPaymentMethod({
  world,
  params,
  scope,
}: Call<Stripe.PaymentMethodCreateParams>): Stripe.PaymentMethod {
  if (params.type === undefined) throw missingParameter('type')
  const { type, card, billing_details: billing, metadata } = params
  if (type !== 'card') throw unsupportedType(type)
  if (card === undefined) throw missingParameter('card')
  const record = newCard(world, ('token' in card ? card.token : card.number) ?? '')
  const method = {
    ...record.method,
    billing_details: billingDetails(billing),
    metadata: mergeMetadata({}, metadata),
  }
  return save(world, scope, { ...record, method }).method
}

export function retrievePaymentMethod(call: Call): Stripe.PaymentMethod {
  const id = pathId(call)
  const record = call.world.tables.paymentMethods.owned(call.scope, id)
  if (record === undefined) throw noSuch('PaymentMethod', id)
  return record.method
}

/** The payment method with that id. One of Stripe's test names creates a new payment method each time. */
export function resolveMethod(world: World, scope: string, id: string): MethodRecord {
  const existing = world.tables.paymentMethods.owned(scope, id)
  if (existing !== undefined) return existing
  const bank = BANKS[id]
  if (bank !== undefined) return save(world, scope, newBank(world, bank.failure))
  if (testCard(id) === undefined) throw noSuch('PaymentMethod', id, 'payment_method', 400)
  return save(world, scope, newCard(world, id))
}

/** Creates a payment method from `payment_method_data`. */
export function methodFromData(
  world: World,
  scope: string,
  data: Stripe.PaymentIntentConfirmParams.PaymentMethodData,
): MethodRecord {
  const params: unknown = 'card' in data ? data.card : undefined
  if (data.type === 'us_bank_account') return save(world, scope, newBank(world, null))
  if (data.type !== 'card' || typeof params !== 'object' || params === null) throw unsupportedType(data.type)
  const name = 'token' in params ? params.token : 'number' in params ? params.number : undefined
  if (typeof name !== 'string') throw missingParameter('payment_method_data[card][number]')
  const record = newCard(world, name)
  const method = { ...record.method, billing_details: billingDetails(data.billing_details) }
  return save(world, scope, { ...record, method })
}

function save(world: World, scope: string, record: MethodRecord): MethodRecord {
  return world.tables.paymentMethods.insert(scope, record.method.id, record)
}

function newCard(world: World, name: string): MethodRecord {
  const card = testCard(name)
  if (card === undefined) throw cardError(declineUnknownCard(name.replaceAll(/[\s-]/g, '')))
  const { brand, country, funding, number } = card
  return {
    means: { kind: 'card', card },
    method: {
      ...common(world),
      type: 'card',
      card: {
        brand,
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
        country,
        display_brand: brand,
        exp_month: 8,
        exp_year: new Date(world.clock.nowMs()).getUTCFullYear() + 1,
        fingerprint: `card${number.slice(-12)}`,
        funding,
        generated_from: null,
        last4: number.slice(-4),
        networks: { available: [brand], preferred: null },
        regulated_status: 'unregulated',
        three_d_secure_usage: { supported: true },
        wallet: null,
      },
    },
  }
}

function newBank(world: World, failure: Decline | null): MethodRecord {
  return {
    means: { kind: 'bank', failure },
    method: {
      ...common(world),
      type: 'us_bank_account',
      us_bank_account: {
        account_holder_type: 'individual',
        account_type: 'checking',
        bank_name: 'STRIPE TEST BANK',
        financial_connections_account: null,
        fingerprint: 'bank000123456789',
        last4: '6789',
        networks: { preferred: 'ach', supported: ['ach'] },
        routing_number: '110000000',
        status_details: null,
      },
    },
  }
}

function common(world: World) {
  return {
    id: newId(world, 'pm'),
    object: 'payment_method' as const,
    allow_redisplay: 'unspecified' as const,
    billing_details: billingDetails(undefined),
    created: world.clock.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
  }
}

function billingDetails(
  params: Stripe.PaymentMethodCreateParams.BillingDetails | undefined,
): Stripe.PaymentMethod.BillingDetails {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
  const address = typeof params?.address === 'object' && params.address !== null ? params.address : {}
  return {
    address: {
      city: text(address.city),
      country: text(address.country),
      line1: text(address.line1),
      line2: text(address.line2),
      postal_code: text(address.postal_code),
      state: text(address.state),
    },
    email: text(params?.email),
    name: text(params?.name),
    phone: text(params?.phone),
    tax_id: null,
  }
}

function cardError(decline: Decline): StripeRefusal {
  return new StripeRefusal(402, { type: 'card_error', param: 'number', ...decline }, { began: true })
}

function unsupportedType(type: string): Error {
  return invalidParameter(
    `The simulator does not support the payment method type ${type}. Use card or us_bank_account.`,
    {
      param: 'type',
    },
  )
}

const BANKS: Readonly<Record<string, { failure: Decline | null }>> = {
  pm_usBankAccount_success: { failure: null },
  pm_usBankAccount_accountClosed: {
    failure: { code: 'account_closed', message: 'The bank account has been closed.' },
  },
  pm_usBankAccount_noAccount: {
    failure: { code: 'no_account', message: 'No bank account could be located.' },
  },
  pm_usBankAccount_insufficientFunds: {
    failure: { code: 'insufficient_funds', message: 'The bank account has insufficient funds.' },
  },
  pm_usBankAccount_debitNotAuthorized: {
    failure: { code: 'debit_not_authorized', message: 'The debit was not authorized.' },
  },
}
