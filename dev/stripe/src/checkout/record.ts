import type Stripe from 'stripe'

/** A Checkout session with what its hosted page needs to take the payment. */
export interface CheckoutRecord {
  readonly session: Stripe.Checkout.Session
  readonly lineItems: Stripe.ApiList<Stripe.LineItem>
  readonly payment: Stripe.Checkout.SessionCreateParams.PaymentIntentData
}
