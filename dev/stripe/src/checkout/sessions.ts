import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { invalidParameter, missingParameter, noSuch, refused } from '../core/errors.ts'
import { idOf, mergeMetadata } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import type { CheckoutRecord } from '../core/records.ts'
import { NO_REQUEST, type World, duringRequest, newId } from '../core/world.ts'
import { checkAmount } from '../payments/amounts.ts'
import { cancelWithSession } from '../payments/capture.ts'
import { checkCanCharge, checkFee } from '../payments/intent-checks.ts'
import { emit } from '../webhooks/emit.ts'
import { type Order, orderOf } from './line-items.ts'

type Params = Stripe.Checkout.SessionCreateParams

const HALF_HOUR_S = 1800
const DAY_S = 86_400

/** `POST /v1/checkout/sessions` (https://docs.stripe.com/api/checkout/sessions/create), one-time payments only. */
export function createCheckoutSession(call: Call<Params>): Stripe.Checkout.Session {
  const { world, params, scope } = call
  const uiMode = checkMode(params)
  const order = orderOf(world, params.line_items)
  checkAmount(world, order.total, order.currency)
  checkFee(world, scope, params.payment_intent_data?.application_fee_amount, order.total)
  const expiresAt = checkExpiry(world, params.expires_at)
  if (params.customer !== undefined) throw noSuch('customer', params.customer, 'customer', 400)
  checkCanCharge(world, scope)
  const session = newSession(world, params, order, { uiMode, expiresAt })
  world.tables.checkouts.insert(scope, session.id, {
    session,
    lineItems: {
      object: 'list',
      data: [...order.items],
      has_more: false,
      url: `/v1/checkout/sessions/${session.id}/line_items`,
    },
    payment: params.payment_intent_data ?? {},
  })
  world.taskQueue.add(expiresAt * 1000, { kind: 'checkout_session.expiry', id: session.id })
  return session
}

function checkMode(params: Params): string {
  if (params.mode === undefined) throw missingParameter('mode')
  if (params.mode !== 'payment') {
    throw invalidParameter('The simulator supports Checkout sessions in `payment` mode only.', {
      param: 'mode',
    })
  }
  const uiMode = params.ui_mode ?? 'hosted_page'
  const embedded = uiMode === 'embedded_page' || uiMode === 'elements'
  if (embedded && params.success_url !== undefined) {
    throw invalidParameter(`\`success_url\` is not allowed when \`ui_mode\` is \`${uiMode}\`.`, {
      param: 'success_url',
    })
  }
  if (uiMode === 'hosted_page' && params.success_url === undefined) throw missingParameter('success_url')
  return uiMode
}

/** Between half an hour and a day ahead. The default is a day. */
function checkExpiry({ clock }: World, requested: number | undefined): number {
  const now = clock.seconds()
  if (requested === undefined) return now + DAY_S
  if (requested < now + HALF_HOUR_S || requested > now + DAY_S) {
    throw invalidParameter(
      'The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    )
  }
  return requested
}

export function retrieveCheckoutSession(call: Call): Stripe.Checkout.Session {
  return find(call).session
}

export function listCheckoutSessions({ world, params, scope }: Call<Stripe.Checkout.SessionListParams>) {
  return listPage(world.tables.checkouts, {
    owner: scope,
    params,
    url: '/v1/checkout/sessions',
    kind: 'checkout.session',
    where: ({ session }) =>
      inRange(session.created, params.created) &&
      (params.status === undefined || session.status === params.status) &&
      (params.payment_intent === undefined || session.payment_intent === params.payment_intent),
    view: ({ session }) => session,
  })
}

export function listLineItems(call: Call): Stripe.ApiList<Stripe.LineItem> {
  return find(call).lineItems
}

/** A session cannot be canceled, only expired. */
export function expireCheckoutSession(call: Call): Stripe.Checkout.Session {
  const { session } = find(call)
  if (session.status !== 'open') {
    throw refused('Only Checkout Sessions with a status in ["open"] can be expired.', { param: 'session' })
  }
  return expire(call.world, session.id)
}

/** Runs at the end of a session's time. */
export function expireCheckout(world: World, id: string): void {
  if (world.tables.checkouts.get(id)?.session.status === 'open')
    duringRequest(world, NO_REQUEST, () => expire(world, id))
}

function expire(world: World, id: string): Stripe.Checkout.Session {
  const session = changeSession(world, id, { status: 'expired', url: null })
  emit(world, { type: 'checkout.session.expired', owner: ownerOf(world, id), object: session })
  cancelWithSession(world, idOf(session.payment_intent))
  return session
}

export function changeSession(
  world: World,
  id: string,
  patch: Partial<Stripe.Checkout.Session>,
): Stripe.Checkout.Session {
  const record = world.tables.checkouts.get(id)
  if (record === undefined) throw new Error(`no checkout session ${id}`)
  return world.tables.checkouts.replace(id, { ...record, session: { ...record.session, ...patch } }).session
}

export function ownerOf({ tables, platform }: World, id: string): string {
  return tables.checkouts.ownerOf(id) ?? platform.account
}

function find(call: Call): CheckoutRecord {
  const id = pathId(call)
  const record = call.world.tables.checkouts.owned(call.scope, id)
  if (record === undefined) throw noSuch('checkout.session', id)
  return record
}

function newSession(
  world: World,
  params: Params,
  { total, currency }: Order,
  { uiMode, expiresAt }: { uiMode: string; expiresAt: number },
): Stripe.Checkout.Session {
  const id = newId(world, 'cs_test', 58)
  const hosted = uiMode === 'hosted_page'
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: hosted ? null : `${id}_secret_${world.ids.text(32)}`,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: world.clock.seconds(),
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: null,
    customer_account: null,
    customer_creation: 'if_required',
    customer_details: null,
    customer_email: params.customer_email ?? null,
    discounts: null,
    expires_at: expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    mode: 'payment',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: params.allowed_payment_method_types ?? ['card'],
    payment_status: 'unpaid',
    permissions: null,
    recovered_from: null,
    ...(params.return_url === undefined ? {} : { return_url: params.return_url }),
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: params.success_url ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: params.ui_mode ?? 'hosted_page',
    url: hosted ? `${world.publicUrl()}/c/pay/${id}` : null,
    wallet_options: null,
  }
}
