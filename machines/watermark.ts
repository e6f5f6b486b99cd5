/**
 * Stripe's truth, piece by piece, each with the Stripe time it was true. The one mechanism that makes every lifecycle
 * indifferent to the order, the number and the loss of what it hears. Pure: no clock, no I/O.
 *
 * Stripe stamps events with whole seconds and delivers them in any order, so two things seen can be ordered only when
 * their seconds differ. What cannot be ordered is never guessed: the piece becomes suspect until Stripe is asked.
 */
import { z } from 'zod'

/**
 * When something seen was true, in Stripe's whole seconds, both ends included. An event is one second, `created`; a
 * fetched answer spans the call: from the second it was sent to the second of the answer's own `Date`.
 */
export const AsOf = z.object({ from: z.int(), to: z.int() })
export type AsOf = z.infer<typeof AsOf>

/** One independent piece of truth. `suspect`: something different was seen that cannot be ordered against it. */
export interface Piece<V> {
  as_of: AsOf
  value: V
  suspect: boolean
}

/** Pieces of one kind by id. `as_of` is when the whole collection was last seen: whoever was not in it was not there. */
export interface Collection<V> {
  as_of: AsOf | null
  items: Record<string, Piece<V | null>>
}

export type Facts = Record<string, Piece<unknown> | Collection<unknown> | null>

/** What one look at Stripe shows of a collection. `all`: an id that is not listed does not exist. `null`: gone. */
export interface ObservedMembers<V> {
  items: Record<string, V | null>
  all: boolean
}

/** One member of a collection; says nothing about the others. `null`: gone. */
export function oneMember<V>(id: string, value: V): { items: Record<string, V>; all: false } {
  return { items: { [id]: value }, all: false }
}

/** What one look at Stripe shows: any part of the facts. */
export type Observation<F extends Facts> = {
  [K in keyof F]?: F[K] extends Collection<infer V>
    ? ObservedMembers<V>
    : Exclude<F[K], null> extends Piece<infer V>
      ? V
      : never
}

/** `applied`: something changed. `unchanged`: it said what was known. `stale`: all of it was older than what is known. */
export type Verdict = 'applied' | 'unchanged' | 'stale'

export const piece = <V extends z.ZodType>(value: V) => z.object({ as_of: AsOf, value, suspect: z.boolean() })

export const many = <V extends z.ZodType>(value: V) =>
  z.object({ as_of: AsOf.nullable(), items: z.record(z.string(), piece(value.nullable())) })

export const nothing = <V>(): Collection<V> => ({ as_of: null, items: {} })

/**
 * What a look wins over whatever the seconds say, because it began after all of that was known: everything, only the
 * pieces that are suspect, or nothing.
 */
export type Outranks = 'all' | 'doubts' | 'nothing'

interface Look {
  as_of: AsOf
  outranks: Outranks
  /** Pieces, by name, of which two that cannot be ordered are not worth a call to Stripe, or cannot be asked for. */
  explaining?: ReadonlySet<string>
}

/** The facts after one look at Stripe. */
export function applyObservation<F extends Facts>(
  facts: F,
  observation: Observation<F>,
  { explaining, ...span }: Look,
): { facts: F; verdict: Verdict } {
  const verdicts: Verdict[] = []
  const next: Facts = { ...facts }
  for (const [name, sight] of Object.entries(observation)) {
    if (sight === undefined) continue
    const known = facts[name] ?? null
    const look = { ...span, isInformational: explaining?.has(name) ?? false }
    if (isMany(known)) {
      const absorbed = applyToCollection(known, sight as ObservedMembers<unknown>, look)
      next[name] = absorbed.many
      verdicts.push(...absorbed.verdicts)
    } else {
      const weighed = applyToPiece(known, sight, look)
      next[name] = weighed.piece
      verdicts.push(weighed.verdict)
    }
  }
  return { facts: next as F, verdict: strongest(verdicts) }
}

/** The pieces (or members) that are suspect, as `account` or `capabilities.card_payments`. */
export function suspects(facts: Facts): string[] {
  return Object.entries(facts).flatMap(([name, known]) => {
    if (known === null) return []
    if (!isMany(known)) return known.suspect ? [name] : []
    return Object.entries(known.items).flatMap(([id, item]) => (item.suspect ? [`${name}.${id}`] : []))
  })
}

/** When each piece and each member was last seen. */
export function observationTimes(facts: Facts): AsOf[] {
  return Object.values(facts).flatMap((known) => {
    if (known === null) return []
    if (!isMany(known)) return [known.as_of]
    return [...(known.as_of ? [known.as_of] : []), ...Object.values(known.items).map(({ as_of }) => as_of)]
  })
}

/** The members that exist, by id. */
export function membersOf<V>(many: Collection<V>): [id: string, value: V][] {
  return Object.entries(many.items).flatMap(([id, { value }]) => (value === null ? [] : [[id, value]]))
}

/** Plain JSON values, compared by what they say. */
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

/** Seconds that overlap cannot be ordered. */
function order(known: AsOf, observation: AsOf): 'newer' | 'older' | 'tied' {
  if (observation.from > known.to) return 'newer'
  return observation.to < known.from ? 'older' : 'tied'
}

/** The latest of two looks lies between the later of their starts and the later of their ends. */
function latest(a: AsOf, b: AsOf): AsOf {
  return { from: Math.max(a.from, b.from), to: Math.max(a.to, b.to) }
}

/**
 * A look that is known to be the later of the two. It ended when it ended, whatever the other claimed: a time that lies
 * ahead of Stripe's own clock would otherwise make everything after it look old for ever.
 */
function after(known: AsOf, look: AsOf): AsOf {
  return { from: Math.min(Math.max(known.from, look.from), look.to), to: look.to }
}

interface Weighing {
  as_of: AsOf
  outranks: Outranks
  isInformational: boolean
}

function applyToPiece(
  known: Piece<unknown> | null,
  value: unknown,
  look: Weighing,
): { piece: Piece<unknown>; verdict: Verdict } {
  if (known === null) return { piece: { as_of: look.as_of, value, suspect: false }, verdict: 'applied' }
  const isLater = look.outranks === 'all' || (look.outranks === 'doubts' && known.suspect)
  const ordered = isLater ? 'newer' : order(known.as_of, look.as_of)
  if (ordered === 'older') return { piece: known, verdict: 'stale' }
  const as_of = (isLater ? after : latest)(known.as_of, look.as_of)
  const piece =
    ordered === 'newer'
      ? { as_of, value, suspect: false }
      : same(known.value, value)
        ? { ...known, as_of }
        : look.isInformational
          ? { as_of, value: either(known.value, value), suspect: false }
          : { ...known, as_of, suspect: true }
  return same(piece, known) ? { piece: known, verdict: 'unchanged' } : { piece, verdict: 'applied' }
}

/** Always the same one of two, whichever came first. */
function either(a: unknown, b: unknown): unknown {
  return JSON.stringify(a) < JSON.stringify(b) ? b : a
}

function applyToCollection(
  known: Collection<unknown>,
  observation: ObservedMembers<unknown>,
  look: Weighing,
) {
  const verdicts: Verdict[] = []
  const items = new Map(Object.entries(known.items))
  const gone: [string, null][] = observation.all
    ? [...items.keys()].flatMap((id) => (Object.hasOwn(observation.items, id) ? [] : [[id, null]]))
    : []
  for (const [id, value] of [...Object.entries(observation.items), ...gone]) {
    // Nobody has spoken of this member, but the whole collection may have been seen without it.
    const absent = known.as_of && { as_of: known.as_of, value: null, suspect: false }
    const weighed = applyToPiece(items.get(id) ?? absent, value, look)
    verdicts.push(weighed.verdict)
    if (weighed.verdict === 'applied') items.set(id, weighed.piece)
  }
  if (!observation.all) return { many: { ...known, items: Object.fromEntries(items) }, verdicts }
  const whole = applyToPiece(known.as_of && { as_of: known.as_of, value: null, suspect: false }, null, look)
  verdicts.push(whole.verdict)
  return { many: { as_of: whole.piece.as_of, items: Object.fromEntries(items) }, verdicts }
}

function isMany(known: Piece<unknown> | Collection<unknown> | null): known is Collection<unknown> {
  return known !== null && 'items' in known
}

function strongest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('applied')) return 'applied'
  return verdicts.includes('unchanged') || verdicts.length === 0 ? 'unchanged' : 'stale'
}
