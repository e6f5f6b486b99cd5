import type Stripe from 'stripe'
import { refused } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import type { World } from '../core/world.ts'
import { finishDebit } from '../payments/attempt.ts'
import { attemptPayment, authenticateIntent, checkConfirmation } from '../payments/confirm.ts'
import { newPaymentIntent } from '../payments/new-payment-intent.ts'
import { emit } from '../webhooks/emit.ts'
import { changeSession, ownerOf } from './sessions.ts'

interface Buyer {
  /** A card number, or a test payment method such as `pm_card_visa`. */
  readonly method: string
  readonly email: string | null
  readonly name: string | null
}

/**
 * The buyer pays on the hosted page. The first attempt creates the PaymentIntent, and attempts after a decline use it
 * again. The session completes when the payment succeeds or is processing.
 */
export function payCheckout(world: World, id: string, buyer: Buyer): Stripe.Checkout.Session {
  const record = world.tables.checkouts.get(id)
  if (record?.session.status !== 'open') throw refused('This Checkout Session is no longer open.')
  const owner = ownerOf(world, id)
  const intent = intentOf(world, id, owner)
  const isName = buyer.method.startsWith('pm_')
  const params = {
    method: isName ? buyer.method : undefined,
    data: isName ? undefined : cardData(buyer),
    returnUrl: `${world.publicUrl()}/c/pay/${id}`,
    offSession: false,
    errorOnAction: false,
  }
  const method = checkConfirmation(world, owner, intent, params)
  return completeIfPaid(world, id, attemptPayment(world, owner, intent, method, params), buyer)
}

/** Completes the session if its payment has succeeded or is processing. */
function completeIfPaid(
  world: World,
  id: string,
  intent: Stripe.PaymentIntent,
  buyer?: Buyer,
): Stripe.Checkout.Session {
  const record = world.tables.checkouts.get(id)
  if (record === undefined) throw new Error(`no checkout session ${id}`)
  const { session } = record
  const done = ['succeeded', 'requires_capture', 'processing'].includes(intent.status)
  if (session.status !== 'open' || !done) return session
  const completed = changeSession(world, id, {
    status: 'complete',
    payment_status: intent.status === 'succeeded' ? 'paid' : 'unpaid',
    url: null,
    ...(buyer === undefined ? {} : { customer_details: detailsOf(buyer) }),
  })
  emit(world, { type: 'checkout.session.completed', owner: ownerOf(world, id), object: completed })
  return completed
}

/** Finishes a bank debit, and updates its Checkout session if it has one. */
export function finishCheckoutDebit(world: World, chargeId: string): void {
  const intent = finishDebit(world, chargeId)
  const id = intent === undefined ? undefined : sessionOf(world, intent)
  if (intent === undefined || id === undefined) return
  const paid = intent.status === 'succeeded'
  const session = changeSession(world, id, { payment_status: paid ? 'paid' : 'unpaid' })
  const type = paid ? 'checkout.session.async_payment_succeeded' : 'checkout.session.async_payment_failed'
  emit(world, { type, owner: ownerOf(world, id), object: session })
}

/** Applies the result of the buyer's authentication, and completes the Checkout session if there is one. */
export function authenticatePayment(
  world: World,
  owner: string,
  intent: Stripe.PaymentIntent,
  passed: boolean,
): Stripe.PaymentIntent {
  const decided = authenticateIntent(world, owner, intent, passed)
  const id = sessionOf(world, decided)
  if (id !== undefined) completeIfPaid(world, id, decided)
  return decided
}

function sessionOf({ tables, platform }: World, intent: Stripe.PaymentIntent): string | undefined {
  const ids = tables.checkouts.ids(tables.paymentIntents.ownerOf(intent.id) ?? platform.account)
  return ids.findLast((id) => tables.checkouts.get(id)?.session.payment_intent === intent.id)
}

function intentOf(world: World, id: string, owner: string): Stripe.PaymentIntent {
  const record = world.tables.checkouts.get(id)
  const existing = world.tables.paymentIntents.get(idOf(record?.session.payment_intent))
  if (existing !== undefined) return existing
  if (record === undefined) throw new Error(`no checkout session ${id}`)
  const { session, payment } = record
  const {
    capture_method,
    description,
    metadata,
    receipt_email,
    statement_descriptor_suffix,
    application_fee_amount,
  } = payment
  const intent = newPaymentIntent(world, owner, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    ...(application_fee_amount === undefined ? {} : { application_fee_amount }),
    ...(capture_method === undefined ? {} : { capture_method }),
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(receipt_email === undefined ? {} : { receipt_email }),
    ...(statement_descriptor_suffix === undefined ? {} : { statement_descriptor_suffix }),
  })
  world.tables.paymentIntents.insert(owner, intent.id, intent)
  changeSession(world, id, { payment_intent: intent.id })
  emit(world, { type: 'payment_intent.created', owner, object: intent })
  return intent
}

function cardData({ method, email, name }: Buyer): Stripe.PaymentIntentConfirmParams.PaymentMethodData {
  const card = { type: 'card' as const, card: { number: method } }
  const billing = { ...(email === null ? {} : { email }), ...(name === null ? {} : { name }) }
  return { ...card, billing_details: billing }
}

function detailsOf({ email, name }: Buyer): Stripe.Checkout.Session.CustomerDetails {
  return {
    address: null,
    business_name: null,
    email,
    individual_name: name,
    name,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  }
}
