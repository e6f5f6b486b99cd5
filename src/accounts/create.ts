/** Makes a connected account, once, however often it is asked for. */
import type { Stripe } from 'stripe'
import type { CreateAccount } from './schemas.ts'

/**
 * The four controller values are what this platform is built on, and the account keeps them for ever. The country is
 * left out unless the caller chose it, and capabilities always: sending either fixes the country before the holder can,
 * and Stripe requests what the country calls for by itself.
 * https://docs.stripe.com/connect/hosted-onboarding#create-account
 */
export function accountParams(request: CreateAccount): Stripe.AccountCreateParams {
  const { external_id, email, country, business_url, metadata } = request
  return {
    ...(email !== undefined && { email }),
    ...(country !== undefined && { country }),
    controller: {
      stripe_dashboard: { type: 'full' },
      fees: { payer: 'account' },
      losses: { payments: 'stripe' },
      requirement_collection: 'stripe',
    },
    ...(business_url !== undefined && { business_profile: { url: business_url } }),
    metadata: { ...metadata, gatehouse_external_id: external_id },
  }
}
