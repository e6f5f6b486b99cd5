import qs from 'qs'

/**
 * Reads Stripe's bracket encoding (a form body or a query string): `a[b]=…`, `a[0]=…`, `a[]=…`. Every value is text here; the
 * empty string means "unset". Of a parameter sent twice the last counts, as on Stripe.
 */
export function decodeForm(body: string): Record<string, unknown> {
  const pairs: Record<string, string> = Object.create(null)
  const positions = new Map<string, Position>()
  for (const [key, value] of new URLSearchParams(body)) pairs[numberEmptyBrackets(key, positions)] = value
  return qs.parse(pairs, {
    depth: 32, // The deepest parameter has seven levels; past this limit qs would glue names together.
    arrayLimit: 1000,
    allowSparse: true, // `metadata[7]=…` is a key, not a place in a list: the number has to survive.
    plainObjects: true, // A parameter may be called anything, `constructor` included.
  })
}

interface Position {
  index: number
  readonly taken: Set<string>
}

/**
 * qs would read `a[][x]=1&a[][y]=2&a[][x]=3` as one element; Stripe begins a new one when a field comes again. Numbering the
 * empty brackets says so in the notation both agree on.
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
