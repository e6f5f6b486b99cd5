import type Stripe from 'stripe'
import { mergeMetadata } from '../core/json.ts'
import { type World, newId } from '../core/world.ts'
import { resolveMethod } from './payment-methods.ts'

/** A PaymentIntent before its first confirmation. */
export function newPaymentIntent(
  world: World,
  scope: string,
  params: Stripe.PaymentIntentCreateParams,
): Stripe.PaymentIntent {
  const id = newId(world, 'pi')
  const method =
    params.payment_method === undefined ? undefined : resolveMethod(world, scope, params.payment_method)
  const allowed = params.allowed_payment_method_types ?? null
  const automatic = allowed === null ? (params.automatic_payment_methods ?? { enabled: true }) : null
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed,
    amount: params.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: scope === world.platform.account ? null : world.platform.application,
    application_fee_amount: params.application_fee_amount ?? null,
    automatic_payment_methods:
      automatic === null
        ? null
        : { allow_redirects: automatic.allow_redirects ?? 'always', enabled: automatic.enabled },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: params.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${world.ids.text(25)}`,
    confirmation_method: params.confirmation_method ?? 'automatic',
    created: world.clock.seconds(),
    currency: params.currency,
    customer: null,
    customer_account: null,
    description: params.description ?? null,
    excluded_payment_method_types: params.excluded_payment_method_types ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.method.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: allowed ?? (params.currency === 'usd' ? ['card', 'us_bank_account'] : ['card']),
    payment_record: null,
    processing: null,
    receipt_email: params.receipt_email ?? null,
    review: null,
    setup_future_usage: params.setup_future_usage ?? null,
    shipping: params.shipping === undefined ? null : shippingOf(params.shipping),
    source: null,
    statement_descriptor: params.statement_descriptor ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    status: method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    transfer_data: null,
    transfer_group: params.transfer_group ?? null,
  }
}

function shippingOf(params: Stripe.PaymentIntentCreateParams.Shipping): Stripe.PaymentIntent.Shipping {
  const { address } = params
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    address: {
      city: text(address.city),
      country: text(address.country),
      line1: text(address.line1),
      line2: text(address.line2),
      postal_code: text(address.postal_code),
      state: text(address.state),
    },
    name: params.name,
    ...(params.carrier === undefined ? {} : { carrier: params.carrier }),
    ...(params.phone === undefined ? {} : { phone: params.phone }),
    ...(params.tracking_number === undefined ? {} : { tracking_number: params.tracking_number }),
  }
}
