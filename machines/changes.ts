/** The changes of a transition for readers of the history: dotted path → before and after. */
import { same } from './watermark.ts'

export type Changes = Record<string, [before: unknown, after: unknown]>

/** Bookkeeping that changes with every observation and tells a reader nothing. */
const BOOKKEEPING = new Set(['as_of', 'seq', 'heard_seq', 'verified_at', 'asked_at', 'owes_refresh'])
/** Wrappers that would only lengthen the path: `facts.account.value.charges_enabled` is `account.charges_enabled`. */
const FOLDED = new Set(['facts', 'value', 'items'])

export function changes(before: unknown, after: unknown): Changes {
  return Object.fromEntries(walk(before, after, []))
}

function walk(before: unknown, after: unknown, path: readonly string[]): [string, [unknown, unknown]][] {
  if (same(before, after) || (isBlank(before) && isBlank(after))) return []
  if (!isRecord(before) || !isRecord(after)) {
    // A piece that appears or disappears is listed part by part.
    if (isRecord(after) && isBlank(before)) return walk({}, after, path)
    if (isRecord(before) && isBlank(after)) return walk(before, {}, path)
    return [[path.join('.'), [before ?? null, after ?? null]]]
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys]
    .filter((key) => !BOOKKEEPING.has(key))
    .flatMap((key) => walk(before[key], after[key], FOLDED.has(key) ? path : [...path, key]))
}

/** To a reader, unknown, false and empty are the same. */
function isBlank(value: unknown): boolean {
  return value == null || value === false || (Array.isArray(value) && value.length === 0)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
