/** Finds the account that carries a name at Stripe, among those made since the name was first asked for. */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'

/** Null: proven that there is none. @throws Unsearchable, when that cannot be proven */
export function findByExternalId(
  { stripe }: Pick<Deps, 'stripe'>,
  { name, since }: { name: string; since: number },
): Promise<Answer<Stripe.Account> | null> {
  return findListed({
    since,
    list: (params) => stripe.listAccounts(params),
    is: ({ metadata }) => metadata?.['gatehouse_external_id'] === name,
  })
}
