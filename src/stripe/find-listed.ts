/** Finds one thing among all that Stripe lists: there is no search by metadata that shows what was written just now. */
import type { Stripe } from 'stripe'
import type { Answer } from './gateway.ts'

/** Too much was made in the time in question: whether the one thing sought is among it, nobody knows. */
export class Unsearchable extends Error {
  override readonly name = 'Unsearchable'
}

export interface ListParams {
  created: Stripe.RangeQueryParam
  limit: number
  starting_after?: string
}

const PAGE = 100
/** Ten thousand made since: no request can wait for more. */
const PAGES = 100
/** Our clock says since when, Stripe's stamps what it made: further apart they never are. */
const SLACK_S = 3_600

/** Null: proven that it is not there. @throws Unsearchable, when that cannot be proven */
export async function findListed<T extends { id: string }>(sought: {
  /** Our time before which it cannot have been made, in ms. */
  since: number
  list: (params: ListParams) => Promise<Answer<Stripe.ApiList<T>>>
  is: (item: T) => boolean
}): Promise<Answer<T> | null> {
  const created = { gte: Math.floor(sought.since / 1000) - SLACK_S }
  let after: string | undefined
  for (let page = 1; page <= PAGES; page += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await sought.list({
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    const { data, has_more } = answer.value
    const found = data.find(sought.is)
    if (found) return { ...answer, value: found }
    after = data.at(-1)?.id
    if (!has_more || after === undefined) return null
  }
  throw new Unsearchable(`more than ${PAGE * PAGES} were made since`)
}
