/** Finds one object in a list of Stripe's. Stripe's own search by metadata lags behind, so its silence proves nothing. */
import type { Answer } from './gateway.ts'
import { PAGE, pagesSince, type Listed } from './pages-since.ts'

/** The list is too long to read to its end, so the object may still be in it. */
export class SearchIncomplete extends Error {
  override readonly name = 'SearchIncomplete'
}

/** Ten thousand objects: no request can wait for more. */
const PAGES = 100

/** Null: proven absent. @throws SearchIncomplete, when that cannot be proven */
export async function findListed<T extends { id: string }>(
  sought: Listed<T> & { is: (item: T) => boolean },
): Promise<Answer<T> | null> {
  let pages = 0
  for await (const answer of pagesSince(sought)) {
    const found = answer.value.data.find(sought.is)
    if (found) return { ...answer, value: found }
    pages += 1
    if (pages === PAGES && answer.value.has_more)
      throw new SearchIncomplete(`more than ${PAGE * PAGES} objects were made since`)
  }
  return null
}
