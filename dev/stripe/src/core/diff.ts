type Hash = Readonly<Record<string, unknown>>

/**
 * `previous_attributes` of an `*.updated` event: the old values of what changed. Hashes are followed, arrays are
 * given whole, and a key that did not exist before is null (https://docs.stripe.com/api/events/object).
 */
export function previousAttributes(before: object, after: object): Hash | undefined {
  const previous: Record<string, unknown> = {}
  const [old, now]: [Hash, Hash] = [toHash(before), toHash(after)]
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [was, is] = [old[key], now[key]]
    if (was === is || same(was, is)) continue
    const nested = isHash(was) && isHash(is) ? previousAttributes(was, is) : undefined
    previous[key] = nested ?? was ?? null
  }
  return Object.keys(previous).length > 0 ? previous : undefined
}

/** Equality of JSON values; what was left undefined equals what is absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]))
  }
  if (!isHash(a) || !isHash(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]))
}

export function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toHash(value: object): Hash {
  return isHash(value) ? value : {}
}
