import type { Stripe } from 'stripe'

/**
 * Every operation of the simulator with the stripe-node type of its parameters. `generate.ts` makes the schemas from these
 * types, and the compiler checks that stripe-node has them.
 */
export interface Operations {
  'GET /v1/account': Stripe.AccountRetrieveCurrentParams
  'POST /v1/accounts': Stripe.AccountCreateParams
  'GET /v1/accounts': Stripe.AccountListParams
  'GET /v1/accounts/:id': Stripe.AccountRetrieveParams
  'POST /v1/accounts/:id': Stripe.AccountUpdateParams
  'DELETE /v1/accounts/:id': Stripe.AccountDeleteParams
  'POST /v1/accounts/:id/reject': Stripe.AccountRejectParams
  'POST /v1/accounts/:id/unreject': Stripe.AccountUnrejectParams
  'POST /v1/accounts/:id/login_links': Stripe.AccountCreateLoginLinkParams
  'GET /v1/accounts/:id/capabilities': Stripe.AccountListCapabilitiesParams
  'GET /v1/accounts/:id/capabilities/:capability': Stripe.AccountRetrieveCapabilityParams
  'POST /v1/accounts/:id/capabilities/:capability': Stripe.AccountUpdateCapabilityParams
  'GET /v1/accounts/:id/external_accounts': Stripe.AccountListExternalAccountsParams
  'POST /v1/accounts/:id/external_accounts': Stripe.AccountCreateExternalAccountParams
  'GET /v1/accounts/:id/external_accounts/:external_account': Stripe.AccountRetrieveExternalAccountParams
  'POST /v1/accounts/:id/external_accounts/:external_account': Stripe.AccountUpdateExternalAccountParams
  'DELETE /v1/accounts/:id/external_accounts/:external_account': Stripe.AccountDeleteExternalAccountParams

  'POST /v1/account_links': Stripe.AccountLinkCreateParams
  'POST /v1/account_sessions': Stripe.AccountSessionCreateParams

  'POST /v1/payment_intents': Stripe.PaymentIntentCreateParams
  'GET /v1/payment_intents': Stripe.PaymentIntentListParams
  'GET /v1/payment_intents/:id': Stripe.PaymentIntentRetrieveParams
  'POST /v1/payment_intents/:id': Stripe.PaymentIntentUpdateParams
  'POST /v1/payment_intents/:id/confirm': Stripe.PaymentIntentConfirmParams
  'POST /v1/payment_intents/:id/capture': Stripe.PaymentIntentCaptureParams
  'POST /v1/payment_intents/:id/cancel': Stripe.PaymentIntentCancelParams

  'GET /v1/charges': Stripe.ChargeListParams
  'GET /v1/charges/:id': Stripe.ChargeRetrieveParams
  'POST /v1/charges/:id': Stripe.ChargeUpdateParams

  'POST /v1/refunds': Stripe.RefundCreateParams
  'GET /v1/refunds': Stripe.RefundListParams
  'GET /v1/refunds/:id': Stripe.RefundRetrieveParams
  'POST /v1/refunds/:id': Stripe.RefundUpdateParams
  'POST /v1/refunds/:id/cancel': Stripe.RefundCancelParams

  'GET /v1/disputes': Stripe.DisputeListParams
  'GET /v1/disputes/:id': Stripe.DisputeRetrieveParams
  'POST /v1/disputes/:id': Stripe.DisputeUpdateParams
  'POST /v1/disputes/:id/close': Stripe.DisputeCloseParams

  'GET /v1/application_fees': Stripe.ApplicationFeeListParams
  'GET /v1/application_fees/:id': Stripe.ApplicationFeeRetrieveParams
  'GET /v1/application_fees/:id/refunds': Stripe.ApplicationFeeListRefundsParams
  'POST /v1/application_fees/:id/refunds': Stripe.ApplicationFeeCreateRefundParams
  'GET /v1/application_fees/:id/refunds/:refund': Stripe.ApplicationFeeRetrieveRefundParams

  'POST /v1/checkout/sessions': Stripe.Checkout.SessionCreateParams
  'GET /v1/checkout/sessions': Stripe.Checkout.SessionListParams
  'GET /v1/checkout/sessions/:id': Stripe.Checkout.SessionRetrieveParams
  'GET /v1/checkout/sessions/:id/line_items': Stripe.Checkout.SessionListLineItemsParams
  'POST /v1/checkout/sessions/:id/expire': Stripe.Checkout.SessionExpireParams

  'POST /v1/payouts': Stripe.PayoutCreateParams
  'GET /v1/payouts': Stripe.PayoutListParams
  'GET /v1/payouts/:id': Stripe.PayoutRetrieveParams
  'POST /v1/payouts/:id': Stripe.PayoutUpdateParams
  'POST /v1/payouts/:id/cancel': Stripe.PayoutCancelParams
  'POST /v1/payouts/:id/reverse': Stripe.PayoutReverseParams

  'GET /v1/balance': Stripe.BalanceRetrieveParams
  'GET /v1/balance_settings': Stripe.BalanceSettingsRetrieveParams
  'POST /v1/balance_settings': Stripe.BalanceSettingsUpdateParams
  'GET /v1/balance_transactions': Stripe.BalanceTransactionListParams
  'GET /v1/balance_transactions/:id': Stripe.BalanceTransactionRetrieveParams

  'GET /v1/events': Stripe.EventListParams
  'GET /v1/events/:id': Stripe.EventRetrieveParams

  'POST /v1/webhook_endpoints': Stripe.WebhookEndpointCreateParams
  'GET /v1/webhook_endpoints': Stripe.WebhookEndpointListParams
  'GET /v1/webhook_endpoints/:id': Stripe.WebhookEndpointRetrieveParams
  'POST /v1/webhook_endpoints/:id': Stripe.WebhookEndpointUpdateParams
  'DELETE /v1/webhook_endpoints/:id': Stripe.WebhookEndpointDeleteParams

  'GET /v1/radar/early_fraud_warnings': Stripe.Radar.EarlyFraudWarningListParams
  'GET /v1/radar/early_fraud_warnings/:id': Stripe.Radar.EarlyFraudWarningRetrieveParams

  'POST /v1/payment_methods': Stripe.PaymentMethodCreateParams
  'GET /v1/payment_methods/:id': Stripe.PaymentMethodRetrieveParams
}

export type Operation = keyof Operations

/**
 * The checked parameters of an operation: stripe-node's types, except that a `Decimal` is a text. An unknown operation fails
 * at run time.
 */
export type ParamsOf<O extends string> = (O extends Operation ? Operations[O] : unknown) &
  Record<string, unknown>
