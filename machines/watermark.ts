/**
 * Stripe's truth in pieces, each with the Stripe time at which it was true. This one mechanism makes every lifecycle
 * indifferent to the order, the number and the loss of events. Pure: no clock, no I/O.
 *
 * Stripe stamps events with whole seconds and delivers them in any order, so two observations can be ordered only if their
 * seconds differ. Two that cannot be ordered are not guessed at: the piece becomes suspect until Stripe is asked.
 */
import { z } from 'zod'

/**
 * When an observation was true, in Stripe's whole seconds, both ends included. An event is one second, `created`; a
 * fetched answer spans the call: from the second it was sent to the second of the answer's own `Date`.
 */
export const AsOf = z.object({ from: z.int(), to: z.int() })
export type AsOf = z.infer<typeof AsOf>

/** One independent piece of truth. `suspect`: another observation contradicts it, and only Stripe can tell which is true. */
export interface Piece<V> {
  as_of: AsOf
  value: V
  suspect: boolean
}

/** Pieces of one kind by id. `as_of`: when the whole collection was last observed; an id not in it did not exist then. */
export interface Collection<V> {
  as_of: AsOf | null
  items: Record<string, Piece<V | null>>
}

export type Facts = Record<string, Piece<unknown> | Collection<unknown> | null>

/** One observation of a collection. `all`: an id that is not listed does not exist. A `null` member is gone. */
export interface ObservedMembers<V> {
  items: Record<string, V | null>
  all: boolean
}

/** One member of a collection; says nothing about the others. `null`: gone. */
export function oneMember<V>(id: string, value: V): { items: Record<string, V>; all: false } {
  return { items: { [id]: value }, all: false }
}

/** One observation of Stripe: any part of the facts. */
export type Observation<F extends Facts> = {
  [K in keyof F]?: F[K] extends Collection<infer V>
    ? ObservedMembers<V>
    : Exclude<F[K], null> extends Piece<infer V>
      ? V
      : never
}

/** Values that Stripe never takes back, by the fields that make them final: `{ payment: { status: 'canceled' } }`. */
export type FinalValues<F extends Facts> = {
  [K in keyof F]?: F[K] extends Collection<infer V>
    ? Partial<V>
    : Exclude<F[K], null> extends Piece<infer V>
      ? Partial<V>
      : never
}

/** `applied`: something changed. `unchanged`: it said what was known. `stale`: all of it was older than what is known. */
export type Verdict = 'applied' | 'unchanged' | 'stale'

export const piece = <V extends z.ZodType>(value: V) => z.object({ as_of: AsOf, value, suspect: z.boolean() })

export const collection = <V extends z.ZodType>(value: V) =>
  z.object({ as_of: AsOf.nullable(), items: z.record(z.string(), piece(value.nullable())) })

export const emptyCollection = <V>(): Collection<V> => ({ as_of: null, items: {} })

/**
 * What an observation is later than, whatever the seconds say, because Stripe was asked after it was known: all pieces,
 * the suspect ones only, or none.
 */
export type Outranks = 'all' | 'suspects' | 'nothing'

interface How<F extends Facts> {
  as_of: AsOf
  outranks: Outranks
  /** Stripe's answer to a call of ours, not an event. */
  isAnswer?: boolean
  /** Pieces that decide nothing, or that Stripe cannot be asked for. They never become suspect. */
  informational?: ReadonlySet<string>
  finalValues?: FinalValues<F>
}

/** The facts after one observation. */
export function applyObservation<F extends Facts>(
  facts: F,
  observation: Observation<F>,
  { as_of, outranks, isAnswer = false, informational, finalValues = {} }: How<F>,
): { facts: F; verdict: Verdict } {
  const verdicts: Verdict[] = []
  const next: Facts = { ...facts }
  for (const [name, observed] of Object.entries(observation)) {
    if (observed === undefined) continue
    const known = facts[name] ?? null
    const final = finalValues[name]
    const how: PieceRules = {
      as_of,
      outranks,
      isAnswer,
      isInformational: informational?.has(name) ?? false,
      isFinal: (value) => final !== undefined && hasFields(value, final),
    }
    if (isCollection(known)) {
      const applied = applyToCollection(known, observed as ObservedMembers<unknown>, how)
      next[name] = applied.collection
      verdicts.push(...applied.verdicts)
    } else {
      const applied = applyToPiece(known, observed, how)
      next[name] = applied.piece
      verdicts.push(applied.verdict)
    }
  }
  return { facts: next as F, verdict: strongest(verdicts) }
}

/** The pieces (or members) that are suspect, as `account` or `capabilities.card_payments`. */
export function suspects(facts: Facts): string[] {
  return Object.entries(facts).flatMap(([name, known]) => {
    if (known === null) return []
    if (!isCollection(known)) return known.suspect ? [name] : []
    return Object.entries(known.items).flatMap(([id, item]) => (item.suspect ? [`${name}.${id}`] : []))
  })
}

/** When each piece and each member was last observed. */
export function observationTimes(facts: Facts): AsOf[] {
  return Object.values(facts).flatMap((known) => {
    if (known === null) return []
    if (!isCollection(known)) return [known.as_of]
    return [...(known.as_of ? [known.as_of] : []), ...Object.values(known.items).map(({ as_of }) => as_of)]
  })
}

/** The members that exist, by id. */
export function membersOf<V>({ items }: Collection<V>): [id: string, value: V][] {
  return Object.entries(items).flatMap(([id, { value }]) => (value === null ? [] : [[id, value]]))
}

/** Compares plain JSON values by content. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), b as Record<string, unknown>]
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && same(value, right[key]))
  )
}

function hasFields(value: unknown, fields: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  const has = value as Record<string, unknown>
  return Object.entries(fields).every(([key, expected]) => has[key] === expected)
}

/** Seconds that overlap cannot be ordered. */
function order(known: AsOf, observed: AsOf): 'newer' | 'older' | 'tied' {
  if (observed.from > known.to) return 'newer'
  return observed.to < known.from ? 'older' : 'tied'
}

/** The latest of two observations lies between the later of their starts and the later of their ends. */
function latest(a: AsOf, b: AsOf): AsOf {
  return { from: Math.max(a.from, b.from), to: Math.max(a.to, b.to) }
}

/**
 * The time of an observation that is known to be the later one. It ends when that observation ended: a known time ahead
 * of Stripe's own clock would otherwise make every later observation look old for ever.
 */
function after(known: AsOf, observed: AsOf): AsOf {
  return { from: Math.min(Math.max(known.from, observed.from), observed.to), to: observed.to }
}

interface PieceRules {
  as_of: AsOf
  outranks: Outranks
  isAnswer: boolean
  isInformational: boolean
  isFinal: (value: unknown) => boolean
}

interface AppliedToPiece {
  piece: Piece<unknown>
  verdict: Verdict
}

function applyToPiece(known: Piece<unknown> | null, value: unknown, how: PieceRules): AppliedToPiece {
  if (known === null) return { piece: { as_of: how.as_of, value, suspect: false }, verdict: 'applied' }
  const isLater = how.outranks === 'all' || (how.outranks === 'suspects' && known.suspect)
  const ordered = isLater ? 'newer' : order(known.as_of, how.as_of)
  if (ordered === 'older') return applyOlder(known, value, how)
  const as_of = (isLater ? after : latest)(known.as_of, how.as_of)
  const next =
    ordered === 'newer'
      ? { as_of, value, suspect: !how.isAnswer && takesBack(known.value, value, how) }
      : { as_of, ...applyTied(known, value, how) }
  return same(next, known) ? { piece: known, verdict: 'unchanged' } : { piece: next, verdict: 'applied' }
}

/** Older than what is known, and so without effect, unless it is final: then what is known cannot be true. */
function applyOlder(known: Piece<unknown>, value: unknown, how: PieceRules): AppliedToPiece {
  return takesBack(value, known.value, how) && !known.suspect
    ? { piece: { ...known, suspect: true }, verdict: 'applied' }
    : { piece: known, verdict: 'stale' }
}

/** Of the same second: another value makes the piece suspect. */
function applyTied(
  { value, suspect }: Piece<unknown>,
  observed: unknown,
  { isInformational }: PieceRules,
): Omit<Piece<unknown>, 'as_of'> {
  if (same(value, observed)) return { value, suspect }
  return isInformational ? { value: either(value, observed), suspect: false } : { value, suspect: true }
}

/** Whether the later value says that Stripe took the earlier one back, which it never does. */
function takesBack(earlier: unknown, later: unknown, { isFinal }: PieceRules): boolean {
  return isFinal(earlier) && later !== null && !isFinal(later)
}

/** Always the same one of two values, whichever came first. */
function either(a: unknown, b: unknown): unknown {
  return JSON.stringify(a) < JSON.stringify(b) ? b : a
}

function applyToCollection(known: Collection<unknown>, observed: ObservedMembers<unknown>, how: PieceRules) {
  const verdicts: Verdict[] = []
  const items = new Map(Object.entries(known.items))
  const gone: [string, null][] = observed.all
    ? [...items.keys()].flatMap((id) => (Object.hasOwn(observed.items, id) ? [] : [[id, null]]))
    : []
  for (const [id, value] of [...Object.entries(observed.items), ...gone]) {
    // A member that was never observed was absent when the whole collection was.
    const absent = known.as_of && { as_of: known.as_of, value: null, suspect: false }
    const applied = applyToPiece(items.get(id) ?? absent, value, how)
    verdicts.push(applied.verdict)
    if (applied.verdict === 'applied') items.set(id, applied.piece)
  }
  if (!observed.all) return { collection: { ...known, items: Object.fromEntries(items) }, verdicts }
  const whole = applyToPiece(known.as_of && { as_of: known.as_of, value: null, suspect: false }, null, how)
  verdicts.push(whole.verdict)
  return { collection: { as_of: whole.piece.as_of, items: Object.fromEntries(items) }, verdicts }
}

function isCollection(known: Piece<unknown> | Collection<unknown> | null): known is Collection<unknown> {
  return known !== null && 'items' in known
}

function strongest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('applied')) return 'applied'
  return verdicts.includes('unchanged') || verdicts.length === 0 ? 'unchanged' : 'stale'
}
