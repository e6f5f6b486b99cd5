/** `findListed`: an object is found, proven absent, or the search is incomplete. */
import { expect, it } from 'vitest'
import type { Stripe } from 'stripe'
import { findListed, SearchIncomplete } from '../../src/stripe/find-listed.ts'
import type { ListParams } from '../../src/stripe/pages-since.ts'

const NOON = Date.UTC(2026, 10, 23, 12)

/** A list of this many items at Stripe; `it_0` is the newest. */
function listOf(count: number) {
  const asked: ListParams[] = []
  const list = async (params: ListParams) => {
    asked.push(params)
    const start = params.starting_after === undefined ? 0 : Number(params.starting_after.slice(3)) + 1
    const data = Array.from({ length: Math.min(params.limit, count - start) }, (_, index) => ({
      id: `it_${start + index}`,
    }))
    const value = { object: 'list', url: '/', data, has_more: start + data.length < count }
    return { value: value as Stripe.ApiList<{ id: string }>, as_of: { from: 1, to: 2 }, replayed: false }
  }
  const find = (id: string) => findListed({ since: NOON, list, is: (item) => item.id === id })
  return { asked, find }
}

it.each([
  ['on the first page', 250, 'it_7', 1],
  ['on a later page', 250, 'it_249', 3],
  ['on the last page of a complete search', 20_000, 'it_9999', 100],
])('an item %s is found, and no later page is read', async (_, count, id, pages) => {
  const { asked, find } = listOf(count)
  expect(await find(id)).toEqual({ value: { id }, as_of: { from: 1, to: 2 }, replayed: false })
  expect(asked).toHaveLength(pages)
  expect(new Set(asked.map(({ starting_after }) => starting_after)).size).toBe(pages)
})

it.each([
  ['an empty list', 0, 1],
  ['one page', 100, 1],
  ['a hundred pages', 10_000, 100],
])('an item that is not in %s is proven absent', async (_, count, pages) => {
  const { asked, find } = listOf(count)
  expect(await find('it_of_another')).toBeNull()
  expect(asked).toHaveLength(pages)
})

it('a search of a longer list is incomplete', async () => {
  await expect(listOf(10_001).find('it_10000')).rejects.toThrow(SearchIncomplete)
})

it('a search starts an hour early, because our clock may differ from Stripe’s', async () => {
  const { asked, find } = listOf(150)
  await find('it_of_another')
  const created = { gte: NOON / 1000 - 3600 }
  expect(asked).toEqual([
    { created, limit: 100 },
    { created, limit: 100, starting_after: 'it_99' },
  ])
})
