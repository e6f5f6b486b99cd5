/** One observation against what is known: every possible result. */
import { describe, expect, it } from 'vitest'
import {
  applyObservation,
  observationTimes,
  membersOf,
  same,
  suspects,
  type AsOf,
  type Facts,
} from '../../machines/watermark.ts'
import { seconds } from '../support/an-account.ts'

const span = (from: number, to = from): AsOf => ({ from, to })
const known = (value: unknown, as_of: AsOf, suspect = false) => ({ as_of, value, suspect })

const applyToPiece = (
  before: Facts[string],
  observation: unknown,
  look: Partial<Parameters<typeof applyObservation>[2]> & { as_of: AsOf },
) => {
  const { facts, verdict } = applyObservation({ it: before }, { it: observation } as never, {
    outranks: 'nothing',
    ...look,
  })
  return { it: facts['it'], verdict }
}

describe('a piece', () => {
  it('that was unknown has the observed value', () => {
    expect(applyToPiece(null, 'x', { as_of: span(5) })).toEqual({
      it: known('x', span(5)),
      verdict: 'applied',
    })
  })

  it.each([
    ['that is newer', span(6), { it: known('new', span(6)), verdict: 'applied' }],
    ['that is older', span(4), { it: known('old', span(5)), verdict: 'stale' }],
    ['of the same second', span(5), { it: known('old', span(5), true), verdict: 'applied' }],
    ['whose span begins in it', span(5, 7), { it: known('old', span(5, 7), true), verdict: 'applied' }],
    ['whose span ends in it', span(3, 5), { it: known('old', span(5), true), verdict: 'applied' }],
    ['whose span includes it', span(3, 7), { it: known('old', span(5, 7), true), verdict: 'applied' }],
  ])('that differs in an observation %s', (_, as_of, expected) => {
    expect(applyToPiece(known('old', span(5)), 'new', { as_of })).toEqual(expected)
  })

  it.each([
    ['that is newer', span(6), { it: known('old', span(6)), verdict: 'applied' }],
    ['that is older', span(4), { it: known('old', span(5)), verdict: 'stale' }],
    ['of the same second', span(5), { it: known('old', span(5)), verdict: 'unchanged' }],
    ['whose span includes it', span(3, 7), { it: known('old', span(5, 7)), verdict: 'applied' }],
  ])('that is the same in an observation %s', (_, as_of, expected) => {
    expect(applyToPiece(known('old', span(5)), 'old', { as_of })).toEqual(expected)
  })

  it('that is suspect stays so until a newer observation', () => {
    const doubted = known('old', span(5), true)
    expect(applyToPiece(doubted, 'old', { as_of: span(5) })).toEqual({ it: doubted, verdict: 'unchanged' })
    expect(applyToPiece(doubted, 'new', { as_of: span(4) })).toEqual({ it: doubted, verdict: 'stale' })
    expect(applyToPiece(doubted, 'new', { as_of: span(6) }).it).toEqual(known('new', span(6)))
  })

  it('gives way to an observation that outranks it, and takes its end as its own', () => {
    const outranked = (before: AsOf, as_of: AsOf) =>
      applyToPiece(known('old', before), 'new', { as_of, outranks: 'all' }).it
    expect(outranked(span(5), span(5))).toEqual(known('new', span(5)))
    expect(outranked(span(5), span(3, 7))).toEqual(known('new', span(5, 7)))
    expect(outranked(span(5), span(6, 8))).toEqual(known('new', span(6, 8)))
    // The known time was ahead of Stripe's clock.
    expect(outranked(span(99), span(3, 7))).toEqual(known('new', span(7)))
  })

  it('gives way to an observation that outranks suspects only if it is suspect', () => {
    const look = { as_of: span(5), outranks: 'suspects' as const }
    expect(applyToPiece(known('old', span(5), true), 'new', look).it).toEqual(known('new', span(5)))
    expect(applyToPiece(known('old', span(5)), 'new', look).it).toEqual(known('old', span(5), true))
  })

  it('that is informational is never suspect, and two of one second end alike in either order', () => {
    const look = { as_of: span(5), informational: new Set(['it']) }
    const [one, other] = [
      applyToPiece(known('a', span(5)), 'b', look),
      applyToPiece(known('b', span(5)), 'a', look),
    ]
    expect([one.it, other.it]).toEqual([known('b', span(5)), known('b', span(5))])
    expect(applyToPiece(known('a', span(5)), 'b', { ...look, informational: new Set(['that']) }).it).toEqual(
      known('a', span(5), true),
    )
  })
})

describe('a collection', () => {
  const many = (items: Record<string, unknown>, as_of: AsOf | null = null) => ({
    as_of,
    items: items as Record<string, ReturnType<typeof known>>,
  })

  it('that was observed whole has no other member', () => {
    const before = many({ gone: known('x', span(5)), later: known('y', span(9)) })
    expect(applyToPiece(before, { items: { new: 'z' }, all: true }, { as_of: span(7) })).toEqual({
      it: many({ gone: known(null, span(7)), later: known('y', span(9)), new: known('z', span(7)) }, span(7)),
      verdict: 'applied',
    })
  })

  it('of which one member was observed keeps the others, and its own time', () => {
    const before = many({ one: known('x', span(5)) }, span(4))
    expect(applyToPiece(before, { items: { two: 'y' }, all: false }, { as_of: span(7) }).it).toEqual(
      many({ one: known('x', span(5)), two: known('y', span(7)) }, span(4)),
    )
  })

  it('that was observed without a member knows that it did not exist then', () => {
    const before = many({}, span(5))
    const observation = { items: { one: 'x' }, all: false }
    expect(applyToPiece(before, observation, { as_of: span(4) })).toEqual({ it: before, verdict: 'stale' })
    expect(applyToPiece(before, observation, { as_of: span(5) }).it).toEqual(
      many({ one: known(null, span(5), true) }, span(5)),
    )
    expect(applyToPiece(before, observation, { as_of: span(6) }).it).toEqual(
      many({ one: known('x', span(6)) }, span(5)),
    )
  })

  it('that was observed without a member outranks an older observation that settles suspects only', () => {
    const look = { as_of: span(4), outranks: 'suspects' as const }
    const before = many({}, span(5))
    const observation = { items: { one: 'x' }, all: true }
    expect(applyToPiece(before, observation, look)).toEqual({ it: before, verdict: 'stale' })
    expect(applyToPiece(before, { items: { one: null }, all: false }, { as_of: span(5) })).toEqual({
      it: before,
      verdict: 'unchanged',
    })
  })

  it('is unchanged when it is observed again as it was', () => {
    const before = many({ one: known('x', span(5)) }, span(5))
    expect(applyToPiece(before, { items: { one: 'x' }, all: true }, { as_of: span(5) })).toEqual({
      it: before,
      verdict: 'unchanged',
    })
    expect(applyToPiece(before, { items: {}, all: true }, { as_of: span(4) })).toEqual({
      it: before,
      verdict: 'stale',
    })
    expect(applyToPiece(many({}), { items: {}, all: true }, { as_of: span(5) })).toEqual({
      it: many({}, span(5)),
      verdict: 'applied',
    })
  })

  it('may have a member with the name of an object’s property', () => {
    const observation = { items: { constructor: 'x' }, all: true }
    const after = applyToPiece(many({}), observation, { as_of: span(5) }).it
    expect(applyToPiece(after ?? null, { items: {}, all: true }, { as_of: span(6) }).it).toEqual(
      many({ constructor: known(null, span(6)) }, span(6)),
    )
  })
})

describe('an observation', () => {
  const facts: Facts = {
    a: known(1, span(5)),
    b: known(2, span(5)),
    none: null,
    m: { as_of: null, items: {} },
  }
  const verdictOf = (observation: Record<string, unknown>, second: number) =>
    applyObservation(facts, observation as never, { as_of: seconds(second), outranks: 'nothing' }).verdict

  it('is stale if all of it is, unchanged if nothing in it is new, and else applied', () => {
    expect(verdictOf({ a: 9, b: 9 }, 4)).toBe('stale')
    expect(verdictOf({ a: 9, none: 9 }, 4)).toBe('applied')
    expect(verdictOf({ a: 1, b: 2 }, 5)).toBe('unchanged')
    expect(verdictOf({ a: 1, b: 9 }, 5)).toBe('applied')
    expect(verdictOf({ m: { items: { x: 1 }, all: false } }, 4)).toBe('applied')
    expect(verdictOf({ m: { items: {}, all: false } }, 4)).toBe('unchanged')
    const both = { a: known(1, span(5)), b: known(2, span(4)) }
    const observation = { a: 9, b: 2 } as never
    expect(applyObservation(both, observation, { as_of: span(4), outranks: 'nothing' }).verdict).toBe(
      'unchanged',
    )
  })

  it('that is empty, or leaves a piece out, changes nothing', () => {
    expect(applyObservation(facts, {}, { as_of: span(9), outranks: 'all' })).toEqual({
      facts,
      verdict: 'unchanged',
    })
    const observation = { a: undefined } as never
    expect(applyObservation(facts, observation, { as_of: span(9), outranks: 'all' })).toEqual({
      facts,
      verdict: 'unchanged',
    })
  })
})

describe('facts', () => {
  const facts: Facts = {
    none: null,
    a: known(1, span(1), true),
    b: known(2, span(2)),
    m: { as_of: span(3), items: { x: known(1, span(4), true), y: known(1, span(5)) } },
    unseen: { as_of: null, items: {} },
  }

  it('list the suspect pieces by name and member', () => {
    expect(suspects(facts)).toEqual(['a', 'm.x'])
  })

  it('list the members that exist', () => {
    const items = { x: known(1, span(4)), gone: known(null, span(5)) }
    expect(membersOf({ as_of: null, items })).toEqual([['x', 1]])
  })

  it('list the time of each observation', () => {
    expect(observationTimes(facts)).toEqual([span(1), span(2), span(3), span(4), span(5)])
  })

  it.each([
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [{ a: undefined }, { b: undefined }, false],
    [[], {}, false],
    [{ 0: 1 }, [1], false],
    [[1, 2], [2, 1], false],
    [null, {}, false],
    [{}, null, false],
    [1, '1', false],
    [{}, 1, false],
    [1, {}, false],
  ])('%j and %j are equal: %s', (one, other, expected) => {
    expect(same(one, other)).toBe(expected)
  })
})
