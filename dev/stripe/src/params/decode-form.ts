import qs from 'qs'

/**
 * Decodes Stripe's bracket encoding (a form body or a query string): `a[b]=…`, `a[0]=…`, `a[]=…`. All values are texts, and
 * the empty string means "unset". If a parameter occurs twice, the last one counts, as at Stripe.
 */
export function decodeForm(body: string): Record<string, unknown> {
  const pairs: Record<string, string> = Object.create(null)
  const positions = new Map<string, Position>()
  for (const [key, value] of new URLSearchParams(body)) pairs[numberEmptyBrackets(key, positions)] = value
  return qs.parse(pairs, {
    depth: 32, // The deepest parameter has seven levels. Beyond this limit qs would join names.
    arrayLimit: 1000,
    allowSparse: true, // In `metadata[7]=…` the number is a key and must be kept.
    plainObjects: true, // A parameter may have any name, even `constructor`.
  })
}

interface Position {
  index: number
  readonly taken: Set<string>
}

/**
 * Stripe reads `a[][x]=1&a[][y]=2&a[][x]=3` as two elements, since a repeated field begins a new one. qs would read one. So
 * the empty brackets get numbers.
 */
function numberEmptyBrackets(key: string, positions: Map<string, Position>): string {
  const at = key.indexOf('[]')
  if (at === -1) return key
  const list = key.slice(0, at)
  const field = key.slice(at + 2)
  const position = positions.get(list) ?? { index: 0, taken: new Set() }
  if (position.taken.has(field) && !field.includes('[]')) {
    position.index++
    position.taken.clear()
  }
  position.taken.add(field)
  positions.set(list, position)
  return numberEmptyBrackets(`${list}[${position.index}]${field}`, positions)
}
