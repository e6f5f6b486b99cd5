type Hash = Readonly<Record<string, unknown>>

/**
 * The `previous_attributes` of an `*.updated` event: the old value of each changed field. Hashes are compared field by
 * field, arrays as a whole. A new field has the old value null (https://docs.stripe.com/api/events/object).
 */
export function previousAttributes(before: object, after: object): Hash | undefined {
  const previous: Record<string, unknown> = {}
  const [old, now]: [Hash, Hash] = [toHash(before), toHash(after)]
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [was, is] = [old[key], now[key]]
    if (was === is || isEqual(was, is)) continue
    const nested = isHash(was) && isHash(is) ? previousAttributes(was, is) : undefined
    previous[key] = nested ?? was ?? null
  }
  return Object.keys(previous).length > 0 ? previous : undefined
}

/** Whether two JSON values are equal. An undefined field equals an absent one. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  }
  if (!isHash(a) || !isHash(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isEqual(a[key], b[key]))
}

export function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toHash(value: object): Hash {
  return isHash(value) ? value : {}
}

/** Merges two objects into a new one. Hashes merge recursively, other values replace, and `undefined` changes nothing. */
export function merge<T extends object>(base: T, over: object): T {
  const merged: Record<string, unknown> = { ...(base as Record<string, unknown>) }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || key === '__proto__') continue
    const old = merged[key]
    merged[key] = isHash(value) ? merge(isHash(old) ? old : {}, value) : value
  }
  // The caller has checked that `over` has only keys and values of this type.
  return merged as T
}

/** Metadata merges by its own rule: an empty value removes its key, an empty string removes all keys. */
export function mergeMetadata(
  base: Readonly<Record<string, string>> | null | undefined,
  over: unknown,
): Record<string, string> {
  if (over === undefined) return { ...base }
  if (!isHash(over)) return {}
  const merged: Record<string, string> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    if (value === '' || value === null) delete merged[key]
    else merged[key] = typeof value === 'string' ? value : JSON.stringify(value)
  }
  return merged
}

/** The id in a field that holds an id or an expanded object; empty if the field is empty. */
export function idOf(value: string | { readonly id: string } | null | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : value.id
}

/** JSON with sorted keys: equal values give equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? ''
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isHash(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}
