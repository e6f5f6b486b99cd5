/** Reads one of Stripe's lists back to a time, page by page, newest first. */
import type { Stripe } from 'stripe'
import type { Answer } from './gateway.ts'

export interface ListParams {
  created: Stripe.RangeQueryParam
  limit: number
  starting_after?: string
}

export const PAGE = 100
/** `since` is our time and `created` is Stripe's: their clocks are never further apart than this. */
const SLACK_S = 3_600

export interface Listed<T> {
  /** Our time, in ms: objects made earlier are not listed. */
  since: number
  list: (params: ListParams) => Promise<Answer<Stripe.ApiList<T>>>
}

export async function* pagesSince<T extends { id: string }>({
  since,
  list,
}: Listed<T>): AsyncGenerator<Answer<Stripe.ApiList<T>>, void> {
  const created = { gte: Math.floor(since / 1000) - SLACK_S }
  let after: string | undefined
  do {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await list({ created, limit: PAGE, ...(after !== undefined && { starting_after: after }) })
    yield answer
    after = answer.value.has_more ? answer.value.data.at(-1)?.id : undefined
  } while (after !== undefined)
}
