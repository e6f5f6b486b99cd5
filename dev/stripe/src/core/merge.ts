import { isHash } from './diff.ts'

/**
 * The old value with the new one laid over it. Hashes merge, everything else is replaced, and `undefined` leaves
 * what is there. Neither argument is changed.
 */
export function merge<T extends object>(base: T, over: object): T {
  const merged: Record<string, unknown> = { ...(base as Record<string, unknown>) }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined || key === '__proto__') continue
    const old = merged[key]
    merged[key] = isHash(value) ? merge(isHash(old) ? old : {}, value) : value
  }
  // The shape is the base's own: only its keys are ever laid over, with values the caller has checked.
  return merged as T
}

/** Metadata's own rule: an empty value unsets its key, an empty string unsets them all. */
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
