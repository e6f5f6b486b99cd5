/** Creates links to Stripe's hosted onboarding. A link is single use and expires within minutes, so none is stored. */
import type { Stripe } from 'stripe'
import type { LiveAccount } from '../../machines/account/account.ts'
import type { Deps } from '../deps.ts'
import { advance } from '../engine/advance.ts'
import type { UnitOfWork } from '../engine/unit-of-work.ts'
import { signToken, type ReturnToken } from './return-token.ts'

export interface LinkRequest extends Pick<UnitOfWork, 'cause' | 'record'> {
  live: LiveAccount
  token: ReturnToken
}

/** Creates a link and records that the account has one. @throws what the Stripe call and the database throw */
export async function mintLink(
  deps: Deps,
  { live, token, cause, record }: LinkRequest,
): Promise<Stripe.AccountLink> {
  const { account } = token
  const { publicUrl } = deps.config
  const signed = await signToken(token, deps.config, deps.now())
  const { value } = await deps.stripe.createAccountLink({
    account,
    type: 'account_onboarding',
    refresh_url: `${publicUrl}/onboarding/${signed}/refresh`,
    return_url: `${publicUrl}/onboarding/${signed}/return`,
  })
  if (live.context.link_minted_at === null || record) {
    const event = { type: 'onboarding.link_minted' as const, at: deps.now() }
    const events = [{ machine: 'account', id: account, account, event }]
    await advance(deps, [{ cause, events, ...(record && { record }) }])
  }
  return value
}
