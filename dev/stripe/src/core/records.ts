/** The records that the world's tables hold: objects of the Stripe API with what only Stripe knows about them. */
import type Stripe from 'stripe'

/** A connected account. */
export interface AccountRecord {
  /** Every field, as a reader with all permissions would see it. `accountView` removes what the platform may not see. */
  readonly account: Stripe.Account
  /** False after the deauthorization: Stripe then refuses every call for the account. */
  readonly connected: boolean
  /** Whether the platform controls the account. A deauthorization ends this. */
  readonly controlled: boolean
  /** When the first account link or session was created. From then on the account holder owns the identity data. */
  readonly linkedAt: number | null
  /** True once the country was sent or a capability requested: the holder can no longer choose the country. */
  readonly countryFixed: boolean
  /** Maps a capability to the time of its request. */
  readonly requested: Readonly<Record<string, number>>
  /** Full bank account numbers by bank account id. The number decides how a payout ends. */
  readonly bankNumbers: Readonly<Record<string, string>>
  /** The verification that is running, with its result. */
  readonly verification: Verification | null
  /** What stays enabled when the account misses a requirements deadline. */
  readonly atDeadline: { readonly charges: boolean; readonly payouts: boolean }
  readonly balanceSettings: BalanceExtras
  /** When the next automatic payout is scheduled. */
  readonly nextPayoutMs: number | null
}

export interface Verification {
  readonly outcome: 'verified' | 'failed'
  readonly dueMs: number
}

/** The balance settings that are not part of `account.settings.payouts`. */
export interface BalanceExtras {
  readonly minimum_balance_by_currency: Readonly<Record<string, number>> | null
}

/** A single-use account link. Opening it uses it up; the page that it opened stays usable. */
export interface LinkRecord {
  readonly token: string
  readonly account: string
  readonly refreshUrl: string
  readonly returnUrl: string
  readonly fields: 'currently_due' | 'eventually_due'
  readonly createdAt: number
  readonly expiresAt: number
  readonly openedAt: number | null
  readonly closed: boolean
}

/** A payment method and how it behaves when it is charged. */
export interface MethodRecord {
  readonly method: Stripe.PaymentMethod
  readonly means: Means
}

export type Means =
  | { readonly kind: 'card'; readonly card: TestCard }
  /** A bank debit is `processing` first; its outcome follows later. */
  | { readonly kind: 'bank'; readonly failure: Decline | null }

/** A test card and what happens when it is charged (https://docs.stripe.com/testing). */
export interface TestCard {
  readonly number: string
  readonly brand: string
  readonly funding: 'credit' | 'debit' | 'prepaid'
  readonly country: string
  readonly decline?: Decline
  readonly authentication?: 'required' | 'required_then_declined'
  /** The funds are available at once. */
  readonly bypassPending?: boolean
  readonly dispute?: 'fraudulent' | 'product_not_received' | 'inquiry'
  readonly earlyFraudWarning?: boolean
  readonly refund?: 'succeeds_later' | 'fails_later'
  readonly risk?: { readonly level: 'elevated' | 'highest'; readonly blocked: boolean }
}

export interface Decline {
  readonly code: string
  readonly decline_code?: string
  readonly message: string
}

/** A Checkout session with the data that its hosted page needs to create the payment. */
export interface CheckoutRecord {
  readonly session: Stripe.Checkout.Session
  readonly lineItems: Stripe.ApiList<Stripe.LineItem>
  readonly payment: Stripe.Checkout.SessionCreateParams.PaymentIntentData
}

/** What one account holds at Stripe in one currency, in minor units. Each part may be negative. */
export interface Holding {
  readonly available: number
  readonly pending: number
  /** The sum of all fees taken so far. */
  readonly fees: number
}

export const EMPTY_HOLDING: Holding = { available: 0, pending: 0, fees: 0 }

/** A webhook endpoint with its signing secrets. */
export interface EndpointRecord {
  readonly endpoint: Stripe.WebhookEndpoint
  /** True: it gets the connected accounts' events. False: it gets the platform's own events. */
  readonly connect: boolean
  /** While a secret is being rolled there are two, and each signs. */
  readonly secrets: readonly EndpointSecret[]
}

export interface EndpointSecret {
  readonly value: string
  readonly expiresAt: number | null
}

/** The delivery of one event to one endpoint, with all its attempts. */
export interface Delivery {
  readonly id: string
  readonly event: string
  readonly endpoint: string
  readonly state: 'waiting' | 'delivered' | 'failed' | 'dropped'
  /** When the next attempt is due, on Stripe's clock. */
  readonly dueMs: number
  /** Extra copies do not count for `pending_webhooks` and are not retried. */
  readonly copy: boolean
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  readonly at: number
  /** The receiver's HTTP status, or the reason why there is none. */
  readonly outcome: number | 'timeout' | 'unreachable' | 'dropped'
  readonly detail: string | null
}

/** The first answer under an idempotency key, null while the request runs. Stripe replays it as long as it keeps the key. */
export interface KeyRecord {
  readonly fingerprint: string
  readonly path: string
  readonly createdMs: number
  readonly answer: Answer | null
}

export interface Answer {
  readonly status: number
  readonly body: object
  readonly requestId: string
}

/** One line of the request log, as in the Dashboard. */
export interface RequestLine {
  readonly id: string
  readonly at: number
  readonly method: string
  readonly path: string
  readonly account: string | null
  readonly status: number | 'timeout' | 'reset'
}
