import { createAccountLink } from '../accounts/account-links.ts'
import { createAccountSession } from '../accounts/account-sessions.ts'
import { createAccount } from '../accounts/create.ts'
import {
  createExternalAccount,
  deleteExternalAccount,
  listExternalAccounts,
  retrieveExternalAccount,
  updateExternalAccount,
} from '../accounts/external-accounts.ts'
import {
  createLoginLink,
  deleteAccount,
  listAccounts,
  listCapabilities,
  rejectAccount,
  retrieveAccount,
  retrieveCapability,
  retrieveCurrentAccount,
  unrejectAccount,
  updateCapability,
} from '../accounts/operations.ts'
import { updateAccount } from '../accounts/update.ts'
import {
  createCheckoutSession,
  expireCheckoutSession,
  listCheckoutSessions,
  listLineItems,
  retrieveCheckoutSession,
} from '../checkout/sessions.ts'
import {
  createFeeRefund,
  listApplicationFees,
  listFeeRefunds,
  retrieveApplicationFee,
  retrieveFeeRefund,
} from '../payments/application-fees.ts'
import { listBalanceTransactions, retrieveBalance, retrieveBalanceTransaction } from '../payments/balance.ts'
import { cancelPaymentIntent, capturePaymentIntent } from '../payments/capture.ts'
import { listCharges, retrieveCharge, updateCharge } from '../payments/charges.ts'
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from '../payments/disputes.ts'
import { listWarnings, retrieveWarning } from '../payments/fraud-warnings.ts'
import {
  confirmPaymentIntent,
  createPaymentIntent,
  listPaymentIntents,
  retrievePaymentIntent,
  updatePaymentIntent,
} from '../payments/payment-intents.ts'
import { createPaymentMethod, retrievePaymentMethod } from '../payments/payment-methods.ts'
import { cancelRefund, createRefund, listRefunds, retrieveRefund, updateRefund } from '../payments/refunds.ts'
import { retrieveBalanceSettings, updateBalanceSettings } from '../payouts/balance-settings.ts'
import { cancelPayout, createPayout, listPayouts, retrievePayout, updatePayout } from '../payouts/payouts.ts'
import { reversePayout } from '../payouts/reverse.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  listWebhookEndpoints,
  retrieveWebhookEndpoint,
  updateWebhookEndpoint,
} from '../webhooks/endpoints.ts'
import { listEvents, retrieveEvent } from '../webhooks/events.ts'
import type { Route } from './answer-call.ts'

/** Every operation, named as in stripe-node's documentation. */
export function registerRoutes(route: Route): void {
  route('GET /v1/account', retrieveCurrentAccount)
  route('POST /v1/accounts', createAccount)
  route('GET /v1/accounts', listAccounts)
  route('GET /v1/accounts/:id', retrieveAccount)
  route('POST /v1/accounts/:id', updateAccount)
  route('DELETE /v1/accounts/:id', deleteAccount)
  route('POST /v1/accounts/:id/reject', rejectAccount)
  route('POST /v1/accounts/:id/unreject', unrejectAccount)
  route('POST /v1/accounts/:id/login_links', createLoginLink)
  route('GET /v1/accounts/:id/capabilities', listCapabilities)
  route('GET /v1/accounts/:id/capabilities/:capability', retrieveCapability)
  route('POST /v1/accounts/:id/capabilities/:capability', updateCapability)
  route('GET /v1/accounts/:id/external_accounts', listExternalAccounts)
  route('POST /v1/accounts/:id/external_accounts', createExternalAccount)
  route('GET /v1/accounts/:id/external_accounts/:external_account', retrieveExternalAccount)
  route('POST /v1/accounts/:id/external_accounts/:external_account', updateExternalAccount)
  route('DELETE /v1/accounts/:id/external_accounts/:external_account', deleteExternalAccount)

  route('POST /v1/account_links', createAccountLink)
  route('POST /v1/account_sessions', createAccountSession)

  route('POST /v1/payment_methods', createPaymentMethod)
  route('GET /v1/payment_methods/:id', retrievePaymentMethod)

  route('POST /v1/payment_intents', createPaymentIntent)
  route('GET /v1/payment_intents', listPaymentIntents)
  route('GET /v1/payment_intents/:id', retrievePaymentIntent)
  route('POST /v1/payment_intents/:id', updatePaymentIntent)
  route('POST /v1/payment_intents/:id/confirm', confirmPaymentIntent)
  route('POST /v1/payment_intents/:id/capture', capturePaymentIntent)
  route('POST /v1/payment_intents/:id/cancel', cancelPaymentIntent)

  route('GET /v1/charges', listCharges)
  route('GET /v1/charges/:id', retrieveCharge)
  route('POST /v1/charges/:id', updateCharge)

  route('POST /v1/refunds', createRefund)
  route('GET /v1/refunds', listRefunds)
  route('GET /v1/refunds/:id', retrieveRefund)
  route('POST /v1/refunds/:id', updateRefund)
  route('POST /v1/refunds/:id/cancel', cancelRefund)

  route('GET /v1/disputes', listDisputes)
  route('GET /v1/disputes/:id', retrieveDispute)
  route('POST /v1/disputes/:id', updateDispute)
  route('POST /v1/disputes/:id/close', closeDispute)

  route('GET /v1/radar/early_fraud_warnings', listWarnings)
  route('GET /v1/radar/early_fraud_warnings/:id', retrieveWarning)

  route('GET /v1/application_fees', listApplicationFees)
  route('GET /v1/application_fees/:id', retrieveApplicationFee)
  route('GET /v1/application_fees/:id/refunds', listFeeRefunds)
  route('POST /v1/application_fees/:id/refunds', createFeeRefund)
  route('GET /v1/application_fees/:id/refunds/:refund', retrieveFeeRefund)

  route('POST /v1/checkout/sessions', createCheckoutSession)
  route('GET /v1/checkout/sessions', listCheckoutSessions)
  route('GET /v1/checkout/sessions/:id', retrieveCheckoutSession)
  route('GET /v1/checkout/sessions/:id/line_items', listLineItems)
  route('POST /v1/checkout/sessions/:id/expire', expireCheckoutSession)

  route('GET /v1/balance', retrieveBalance)
  route('GET /v1/balance_transactions', listBalanceTransactions)
  route('GET /v1/balance_transactions/:id', retrieveBalanceTransaction)
  route('GET /v1/balance_settings', retrieveBalanceSettings)
  route('POST /v1/balance_settings', updateBalanceSettings)

  route('POST /v1/payouts', createPayout)
  route('GET /v1/payouts', listPayouts)
  route('GET /v1/payouts/:id', retrievePayout)
  route('POST /v1/payouts/:id', updatePayout)
  route('POST /v1/payouts/:id/cancel', cancelPayout)
  route('POST /v1/payouts/:id/reverse', reversePayout)

  route('GET /v1/events', listEvents)
  route('GET /v1/events/:id', retrieveEvent)

  route('POST /v1/webhook_endpoints', createWebhookEndpoint)
  route('GET /v1/webhook_endpoints', listWebhookEndpoints)
  route('GET /v1/webhook_endpoints/:id', retrieveWebhookEndpoint)
  route('POST /v1/webhook_endpoints/:id', updateWebhookEndpoint)
  route('DELETE /v1/webhook_endpoints/:id', deleteWebhookEndpoint)
}
