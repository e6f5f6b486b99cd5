/** Stripe's hosted onboarding, one visit at a time. Links are single use and live for minutes, so none is ever kept. */
import type { Stripe } from 'stripe'
import type { LiveAccount } from '../../machines/account/account.ts'
import { advance } from '../engine/advance.ts'
import type { UnitOfWork } from '../engine/unit-of-work.ts'
import type { Deps } from '../deps.ts'
import { toToken, type Journey } from './token.ts'

/** Who asks for the link, and what else is remembered with it. */
export type Minting = Pick<UnitOfWork, 'cause' | 'record'>

/** A fresh link, and that the account has had one. @throws what the Stripe call and the database throw */
export async function mintLink(
  deps: Deps,
  { live, journey, minting }: { live: LiveAccount; journey: Journey; minting: Minting },
): Promise<Stripe.AccountLink> {
  const { account } = journey
  const { publicUrl } = deps.config
  const token = await toToken(journey, deps.config, deps.now())
  const { value } = await deps.stripe.createAccountLink({
    account,
    type: 'account_onboarding',
    refresh_url: `${publicUrl}/onboarding/${token}/refresh`,
    return_url: `${publicUrl}/onboarding/${token}/return`,
  })
  if (live.context.link_minted_at === null || minting.record) {
    const event = { type: 'onboarding.link_minted' as const, at: deps.now() }
    await advance(deps, [{ ...minting, events: [{ machine: 'account', id: account, account, event }] }])
  }
  return value
}
