import type Stripe from 'stripe'
import type { Call } from '../core/call.ts'
import { invalidParameter, missingParameter } from '../core/errors.ts'
import { getAccount } from './change.ts'
import { accessibleAccount } from './update.ts'

/** `POST /v1/account_links` (https://docs.stripe.com/api/account_links/create). There is no way to read one back. */
export function createAccountLink(call: Call<Stripe.AccountLinkCreateParams>): Stripe.AccountLink {
  const { world, params } = call
  const { account } = accessibleAccount(call, params.account)
  if (params.type === 'account_update' && account.controller?.requirement_collection !== 'application') {
    throw invalidParameter(
      'You cannot create `account_update` type Account Links for this account. Valid types for this account are ["account_onboarding"].',
      { param: 'type' },
    )
  }
  const refreshUrl = checkUrl('refresh_url', params.refresh_url)
  const returnUrl = checkUrl('return_url', params.return_url)
  const created = world.clock.seconds()
  const expiresAt = created + world.switches.account_link_lifetime_s
  const token = world.ids.text(24)
  world.tables.links.insert(account.id, token, {
    token,
    account: account.id,
    refreshUrl,
    returnUrl,
    fields: params.collection_options?.fields === 'eventually_due' ? 'eventually_due' : 'currently_due',
    createdAt: created,
    expiresAt,
    openedAt: null,
    closed: false,
  })
  markLinked(call, account.id)
  return {
    object: 'account_link',
    created,
    expires_at: expiresAt,
    url: `${world.publicUrl()}/setup/s/${account.id}/${token}`,
  }
}

/** After the first link or session the platform can neither write nor read identity data. No event reports this. */
export function markLinked({ world }: Call, id: string): void {
  const record = getAccount(world, id)
  if (record.linkedAt !== null) return
  world.tables.accounts.replace(id, { ...record, linkedAt: world.clock.seconds() })
}

/** Test mode accepts http. */
function checkUrl(param: string, url: string | undefined): string {
  if (url === undefined) throw missingParameter(param)
  if (/^https?:\/\/[^\s/]+/.test(url) && URL.canParse(url)) return url
  throw invalidParameter('Not a valid URL', { code: 'url_invalid', param })
}
