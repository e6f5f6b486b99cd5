/**
 * Finds the account that carries a name at Stripe. Stripe has no search by metadata, so its list is walked over the time
 * in which the account can have been made.
 */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { Problem } from '../http/problem.ts'
import type { Answer } from '../stripe/gateway.ts'

const PAGE = 100
/** Ten thousand accounts made since: no request can wait for more. */
const PAGES = 100
/** Our clock says since when, Stripe's stamps the accounts: further apart they never are. */
const SLACK_S = 3_600

/** Null: proven that there is none. @throws Problem stripe_unavailable, when that cannot be proven */
export async function findNamed(
  deps: Pick<Deps, 'stripe'>,
  { name, since }: { name: string; since: number },
): Promise<Answer<Stripe.Account> | null> {
  const created = { gte: Math.floor(since / 1000) - SLACK_S }
  let after: string | undefined
  for (let page = 1; page <= PAGES; page += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const { value, as_of } = await deps.stripe.listAccounts({
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    const found = value.data.find(({ metadata }) => metadata?.['gatehouse_external_id'] === name)
    if (found) return { value: found, as_of }
    after = value.data.at(-1)?.id
    if (!value.has_more || after === undefined) return null
  }
  throw new Problem(
    'stripe_unavailable',
    'It is not known whether the account was made, and too many were made since to look through. `npm run adopt` finds it.',
  )
}
