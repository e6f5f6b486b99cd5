/** Stripe's hosted onboarding, one visit at a time. Links are single use and live for minutes, so none is ever kept. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { toToken, type Journey } from './token.ts'

/** A fresh link. @throws what the Stripe call throws */
export async function mintLink(deps: Deps, journey: Journey): Promise<Stripe.AccountLink> {
  const { publicUrl, signingSecret } = deps.config
  const token = await toToken(journey, { secret: signingSecret, now: deps.now() })
  const { value } = await deps.stripe.createAccountLink({
    account: journey.account,
    type: 'account_onboarding',
    refresh_url: `${publicUrl}/onboarding/${token}/refresh`,
    return_url: `${publicUrl}/onboarding/${token}/return`,
  })
  return value
}
