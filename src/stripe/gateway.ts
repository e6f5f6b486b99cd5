/**
 * Every call to Stripe. A call on behalf of a connected account requires its id, because a call without `Stripe-Account` would
 * charge the platform itself. Each answer carries the Stripe time at which it was true.
 */
import { Stripe } from 'stripe'
import type { AsOf } from '../../machines/watermark.ts'
import { headerOf, isReplay, type StripeHeaders } from './headers.ts'
import type { AccountId, PaymentIntentId, PayoutId } from './ids.ts'

export interface Answer<T> {
  value: T
  as_of: AsOf
  /** Stripe replayed the answer it had stored under the idempotency key: the value is as old as that answer. */
  replayed: boolean
}

/** How a POST is sent: its idempotency key, and how often stripe-node may retry it. */
export interface Sending {
  idempotencyKey: string
  maxNetworkRetries?: number
}

export interface Gateway {
  createAccount(params: Stripe.AccountCreateParams, sending: Sending): Promise<Answer<Stripe.Account>>
  retrieveAccount(account: AccountId): Promise<Answer<Stripe.Account>>
  /** A page of the platform's accounts, newest first. */
  listAccounts(params: Stripe.AccountListParams): Promise<Answer<Stripe.ApiList<Stripe.Account>>>
  createAccountLink(params: Stripe.AccountLinkCreateParams): Promise<Answer<Stripe.AccountLink>>
  createAccountSession(params: Stripe.AccountSessionCreateParams): Promise<Answer<Stripe.AccountSession>>
  createPaymentIntent(
    account: AccountId,
    params: Stripe.PaymentIntentCreateParams,
    sending: Sending,
  ): Promise<Answer<Stripe.PaymentIntent>>
  /** A page of the account's payments, newest first. */
  listPaymentIntents(
    account: AccountId,
    params: Stripe.PaymentIntentListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.PaymentIntent>>>
  /** With its latest charge and that charge's refunds. */
  retrievePaymentIntent(account: AccountId, id: PaymentIntentId): Promise<Answer<Stripe.PaymentIntent>>
  /** With its latest charge. */
  capturePaymentIntent(
    account: AccountId,
    id: PaymentIntentId,
    params: Stripe.PaymentIntentCaptureParams,
    sending: Sending,
  ): Promise<Answer<Stripe.PaymentIntent>>
  /** With its latest charge. */
  cancelPaymentIntent(
    account: AccountId,
    id: PaymentIntentId,
    sending: Sending,
  ): Promise<Answer<Stripe.PaymentIntent>>
  createRefund(
    account: AccountId,
    params: Stripe.RefundCreateParams,
    sending: Sending,
  ): Promise<Answer<Stripe.Refund>>
  retrieveRefund(account: AccountId, id: string): Promise<Answer<Stripe.Refund>>
  listRefunds(
    account: AccountId,
    params: Stripe.RefundListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.Refund>>>
  createCheckoutSession(
    account: AccountId,
    params: Stripe.Checkout.SessionCreateParams,
    sending: Sending,
  ): Promise<Answer<Stripe.Checkout.Session>>
  retrieveCheckoutSession(account: AccountId, id: string): Promise<Answer<Stripe.Checkout.Session>>
  /** While a session is open, this is the only way to cancel its payment, unless the payment is authorized. */
  expireCheckoutSession(
    account: AccountId,
    id: string,
    sending: Sending,
  ): Promise<Answer<Stripe.Checkout.Session>>
  /** A page of the account's sessions, newest first. */
  listCheckoutSessions(
    account: AccountId,
    params: Stripe.Checkout.SessionListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.Checkout.Session>>>
  listCharges(
    account: AccountId,
    paymentIntent: PaymentIntentId,
  ): Promise<Answer<Stripe.ApiList<Stripe.Charge>>>
  listEarlyFraudWarnings(
    account: AccountId,
    paymentIntent: PaymentIntentId,
  ): Promise<Answer<Stripe.ApiList<Stripe.Radar.EarlyFraudWarning>>>
  listDisputes(
    account: AccountId,
    paymentIntent: PaymentIntentId,
  ): Promise<Answer<Stripe.ApiList<Stripe.Dispute>>>
  /** Newest first, for thirty days. `account` null: the platform's own list, which may show its accounts' events too. */
  listEvents(
    account: AccountId | null,
    params: Stripe.EventListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.Event>>>
  retrieveEvent(account: AccountId | null, id: string): Promise<Answer<Stripe.Event>>
  listWebhookEndpoints(
    params: Stripe.WebhookEndpointListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.WebhookEndpoint>>>
  /** Stripe shows the endpoint's secret in this answer only. */
  createWebhookEndpoint(params: Stripe.WebhookEndpointCreateParams): Promise<Answer<Stripe.WebhookEndpoint>>
  updateWebhookEndpoint(
    id: string,
    params: Stripe.WebhookEndpointUpdateParams,
  ): Promise<Answer<Stripe.WebhookEndpoint>>
  /** Fees belong to the platform; `charge` is the connected account's charge they were taken from. */
  listApplicationFees(charge: string): Promise<Answer<Stripe.ApiList<Stripe.ApplicationFee>>>
  createPayout(
    account: AccountId,
    params: Stripe.PayoutCreateParams,
    sending: Sending,
  ): Promise<Answer<Stripe.Payout>>
  /** With the balance transaction that returned the money, if the payout failed: it shows when. */
  retrievePayout(account: AccountId, id: PayoutId): Promise<Answer<Stripe.Payout>>
  /** A page of the account's payouts, newest first. */
  listPayouts(
    account: AccountId,
    params: Stripe.PayoutListParams,
  ): Promise<Answer<Stripe.ApiList<Stripe.Payout>>>
  cancelPayout(account: AccountId, id: PayoutId, sending: Sending): Promise<Answer<Stripe.Payout>>
  /** With the net amount of an instant payout to each external account, after the platform's fees. */
  retrieveBalance(account: AccountId): Promise<Answer<Stripe.Balance>>
  retrieveBalanceSettings(account: AccountId): Promise<Answer<Stripe.BalanceSettings>>
  updateBalanceSettings(
    account: AccountId,
    params: Stripe.BalanceSettingsUpdateParams,
  ): Promise<Answer<Stripe.BalanceSettings>>
}

/** A customer waits for the answer: two tries of ten seconds are the most they accept. */
const TIMEOUT_MS = 10_000
const RETRIES = 1

export function openGateway(world: {
  secretKey: string
  apiBase: string | null
  fetch: typeof fetch
  now: () => number
}): Gateway {
  let client: Stripe | undefined
  const open = () =>
    new Stripe(world.secretKey, {
      httpClient: Stripe.createFetchHttpClient(withoutCodes(world.fetch)),
      timeout: TIMEOUT_MS,
      maxNetworkRetries: RETRIES,
      telemetry: false,
      ...(world.apiBase && hostOf(world.apiBase)),
    })

  async function ask<T>(call: (stripe: Stripe) => Promise<Stripe.Response<T>>): Promise<Answer<T>> {
    // Created on first use: the client has hundreds of resources and would dominate the cost of a read.
    client ??= open()
    const asked = world.now()
    const value = await call(client)
    const { headers } = value.lastResponse
    return { value, as_of: spanOf(headers, world.now() - asked), replayed: isReplay(headers) }
  }

  return {
    createAccount: (params, sending) => ask((stripe) => stripe.accounts.create(params, { ...sending })),
    retrieveAccount: (account) => ask((stripe) => stripe.accounts.retrieve(account)),
    listAccounts: (params) => ask((stripe) => stripe.accounts.list(params)),
    createAccountLink: (params) => ask((stripe) => stripe.accountLinks.create(params)),
    createAccountSession: (params) => ask((stripe) => stripe.accountSessions.create(params)),
    createPaymentIntent: (account, params, sending) =>
      ask((stripe) => stripe.paymentIntents.create(params, acting(account, sending))),
    listPaymentIntents: (account, params) =>
      ask((stripe) => stripe.paymentIntents.list(params, acting(account))),
    retrievePaymentIntent: (account, id) =>
      ask((stripe) =>
        stripe.paymentIntents.retrieve(id, { expand: ['latest_charge.refunds'] }, acting(account)),
      ),
    capturePaymentIntent: (account, id, params, sending) =>
      ask((stripe) =>
        stripe.paymentIntents.capture(id, { ...params, expand: ['latest_charge'] }, acting(account, sending)),
      ),
    cancelPaymentIntent: (account, id, sending) =>
      ask((stripe) =>
        stripe.paymentIntents.cancel(id, { expand: ['latest_charge'] }, acting(account, sending)),
      ),
    createRefund: (account, params, sending) =>
      ask((stripe) => stripe.refunds.create(params, acting(account, sending))),
    retrieveRefund: (account, id) => ask((stripe) => stripe.refunds.retrieve(id, {}, acting(account))),
    listRefunds: (account, params) => ask((stripe) => stripe.refunds.list(params, acting(account))),
    createCheckoutSession: (account, params, sending) =>
      ask((stripe) => stripe.checkout.sessions.create(params, acting(account, sending))),
    retrieveCheckoutSession: (account, id) =>
      ask((stripe) => stripe.checkout.sessions.retrieve(id, {}, acting(account))),
    expireCheckoutSession: (account, id, sending) =>
      ask((stripe) => stripe.checkout.sessions.expire(id, {}, acting(account, sending))),
    listCheckoutSessions: (account, params) =>
      ask((stripe) => stripe.checkout.sessions.list(params, acting(account))),
    listCharges: (account, payment_intent) =>
      ask((stripe) => stripe.charges.list({ payment_intent, limit: 100 }, acting(account))),
    listEarlyFraudWarnings: (account, payment_intent) =>
      ask((stripe) => stripe.radar.earlyFraudWarnings.list({ payment_intent, limit: 100 }, acting(account))),
    listDisputes: (account, paymentIntent) =>
      ask((stripe) => stripe.disputes.list({ payment_intent: paymentIntent, limit: 100 }, acting(account))),
    listEvents: (account, params) =>
      ask((stripe) => stripe.events.list(params, account ? acting(account) : {})),
    retrieveEvent: (account, id) =>
      ask((stripe) => stripe.events.retrieve(id, {}, account ? acting(account) : {})),
    listWebhookEndpoints: (params) => ask((stripe) => stripe.webhookEndpoints.list(params)),
    createWebhookEndpoint: (params) => ask((stripe) => stripe.webhookEndpoints.create(params)),
    updateWebhookEndpoint: (id, params) => ask((stripe) => stripe.webhookEndpoints.update(id, params)),
    listApplicationFees: (charge) => ask((stripe) => stripe.applicationFees.list({ charge, limit: 100 })),
    createPayout: (account, params, sending) =>
      ask((stripe) => stripe.payouts.create(params, acting(account, sending))),
    retrievePayout: (account, id) =>
      ask((stripe) =>
        stripe.payouts.retrieve(id, { expand: ['failure_balance_transaction'] }, acting(account)),
      ),
    listPayouts: (account, params) => ask((stripe) => stripe.payouts.list(params, acting(account))),
    cancelPayout: (account, id, sending) =>
      ask((stripe) => stripe.payouts.cancel(id, {}, acting(account, sending))),
    retrieveBalance: (account) =>
      ask((stripe) =>
        stripe.balance.retrieve({ expand: ['instant_available.net_available'] }, acting(account)),
      ),
    retrieveBalanceSettings: (account) =>
      ask((stripe) => stripe.balanceSettings.retrieve({}, acting(account))),
    updateBalanceSettings: (account, params) =>
      ask((stripe) => stripe.balanceSettings.update(params, acting(account))),
  }
}

/** Options to act as the account; a POST adds its idempotency key. */
function acting(account: AccountId, sending?: Sending): Stripe.RequestOptions {
  return { stripeAccount: account, ...sending }
}

/**
 * The span in which an answer was true, by Stripe's clock: from its `Date` less the duration of the call, to its `Date`. Our
 * clock measures only the duration. An error is an answer too. @throws when Stripe sent no Date
 */
export function spanOf(headers: StripeHeaders, tookMs: number): AsOf {
  const date = Date.parse(headerOf(headers, 'date') ?? '')
  if (Number.isNaN(date)) throw new Error('Stripe answered without a Date')
  return { from: Math.floor((date - tookMs) / 1000), to: Math.floor(date / 1000) }
}

/** The span of several answers read as one: from the first call's start to the last call's end. */
export function spanOfAll(spans: readonly AsOf[]): AsOf {
  return { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) }
}

/**
 * Hides the codes of connection errors. stripe-node retries some of these errors even with retries turned off, but only if it
 * recognizes their code. The number of sends must be known here.
 */
function withoutCodes(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    try {
      return await send(input, init)
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'string')
        throw new TypeError(error.message, { cause: error })
      throw error
    }
  }
}

function hostOf(base: string): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> {
  const { hostname, port, protocol } = new URL(base)
  return { host: hostname, protocol: protocol === 'http:' ? 'http' : 'https', ...(port && { port }) }
}
