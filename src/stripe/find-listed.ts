/** Finds one thing among all that Stripe lists: there is no search by metadata that shows what was written just now. */
import type { Answer } from './gateway.ts'
import { PAGE, pagesSince, type Listed } from './pages-since.ts'

/** Too much was made in the time in question: whether the one thing sought is among it, nobody knows. */
export class SearchIncomplete extends Error {
  override readonly name = 'Unsearchable'
}

/** Ten thousand made since: no request can wait for more. */
const PAGES = 100

/** Null: proven that it is not there. @throws Unsearchable, when that cannot be proven */
export async function findListed<T extends { id: string }>(
  sought: Listed<T> & { is: (item: T) => boolean },
): Promise<Answer<T> | null> {
  let pages = 0
  for await (const answer of pagesSince(sought)) {
    const found = answer.value.data.find(sought.is)
    if (found) return { ...answer, value: found }
    pages += 1
    if (pages === PAGES && answer.value.has_more)
      throw new SearchIncomplete(`more than ${PAGE * PAGES} were made since`)
  }
  return null
}
