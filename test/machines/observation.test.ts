/** What an answer outranks, when a refresh is owed, and when none is. */
import { describe, expect, it } from 'vitest'
import {
  observe,
  unanswered,
  unobservedContext,
  type FetchStart,
  type ObservedEvent,
  type ObservedContext,
} from '../../machines/observation.ts'
import type { Piece } from '../../machines/watermark.ts'
import { seconds } from '../support/an-account.ts'

type Simple = { a: Piece<string> | null; b: Piece<string> | null }
type State = ObservedContext<Simple>

const NOTHING: State = { ...unobservedContext, facts: { a: null, b: null } }

const refresh = { kind: 'refresh', after_ms: 1000 }

/** An observation of `a`, `b` or both in that second; `more`: it is the answer to a fetch or a command. */
const look = (
  second: number,
  observation: { a?: string; b?: string },
  more: { asked?: FetchStart; after?: number } = {},
): ObservedEvent<Simple> => ({ type: 'stripe.observed', as_of: seconds(second), observation, ...more })

/** Commits as a machine does: a change increments `seq`. */
const take = (state: State, event: ObservedEvent<Simple>): State => {
  const { now } = observe(state, event)
  const isSame = JSON.stringify(now) === JSON.stringify(state)
  return isSame ? state : { ...now, seq: state.seq + 1 }
}

const answered = (state: State, at = 1): { asked: FetchStart } => ({
  asked: { seq: state.seq, at, isOwed: true },
})

/** As Stripe answered in second 1. */
const VERIFIED = take(NOTHING, look(1, { a: 'old', b: 'old' }, answered(NOTHING)))

describe('an instance that only events told of', () => {
  it('owes one refresh', () => {
    const heard = observe(NOTHING, look(1, { a: 'x' }))
    expect(heard).toMatchObject({
      effects: [refresh],
      now: { owes_refresh: true, verified_at: null, asked_at: null, heard_seq: 1 },
    })
    const again = observe(take(NOTHING, look(1, { a: 'x' })), look(2, { a: 'y' }))
    expect(again).toMatchObject({ effects: [], now: { owes_refresh: true, heard_seq: 2 } })
  })

  it('is verified by an answer, which pays the refresh', () => {
    const heard = take(NOTHING, look(1, { a: 'x' }))
    expect(observe(heard, look(3, { a: 'x', b: 'x' }, answered(heard, 7)))).toMatchObject({
      effects: [],
      now: { owes_refresh: false, verified_at: 7, asked_at: 7, heard_seq: 1 },
    })
  })

  it('is not verified by the answer to a command, which shows only what the command did', () => {
    expect(observe(NOTHING, look(1, { a: 'x' }, { after: 0 }))).toMatchObject({
      effects: [refresh],
      now: { verified_at: null, asked_at: null, heard_seq: 0 },
    })
  })

  it('stays owed while another call’s answer leaves a piece suspect, without a further effect', () => {
    const heard = take(VERIFIED, look(5, { a: 'x' }))
    const doubted = take(heard, look(5, { a: 'y' }))
    expect(doubted).toMatchObject({ owes_refresh: true, facts: { a: { suspect: true } } })
    const asked = { seq: 0, at: 9 }
    expect(observe(doubted, look(5, { a: 'x' }, { asked }))).toMatchObject({
      effects: [],
      now: { owes_refresh: true },
    })
    // The refresh itself owes another.
    expect(observe(doubted, look(5, { a: 'x' }, { asked: { ...asked, isOwed: true } }))).toMatchObject({
      effects: [refresh],
      now: { owes_refresh: true },
    })
  })

  it('stays owed after a newer event has settled the piece: the refresh is under way', () => {
    const doubted = take(take(VERIFIED, look(5, { a: 'x' })), look(5, { a: 'y' }))
    expect(observe(doubted, look(6, { a: 'z' }))).toMatchObject({
      effects: [],
      now: { owes_refresh: true, facts: { a: { value: 'z', suspect: false } } },
    })
  })

  it('is no longer owed once any answer has settled the piece', () => {
    const doubted = take(take(VERIFIED, look(5, { a: 'x' })), look(5, { a: 'y' }))
    const asked = { seq: doubted.seq, at: 9 }
    expect(observe(doubted, look(7, { a: 'y' }, { asked }))).toMatchObject({
      effects: [],
      now: { owes_refresh: false, facts: { a: { value: 'y', suspect: false } } },
    })
  })
})

describe('an answer', () => {
  it('outranks everything known before its call began, whatever the seconds say', () => {
    const known = take(VERIFIED, look(5, { a: 'heard' }))
    expect(observe(known, look(5, { a: 'read' }, answered(known))).now.facts.a).toEqual({
      as_of: seconds(5),
      value: 'read',
      suspect: false,
    })
  })

  it('outranks no event that came since, unless the seconds say so', () => {
    const known = take(VERIFIED, look(5, { a: 'heard' }))
    expect(observe(known, look(4, { a: 'read' }, answered(VERIFIED)))).toMatchObject({
      verdict: 'stale',
      now: { facts: { a: { value: 'heard', suspect: false } } },
    })
    expect(observe(known, look(5, { a: 'read' }, answered(VERIFIED)))).toMatchObject({
      effects: [refresh],
      now: { facts: { a: { value: 'heard', suspect: true } }, owes_refresh: true },
    })
    expect(observe(known, look(6, { a: 'read' }, answered(VERIFIED)))).toMatchObject({
      effects: [],
      now: { facts: { a: { value: 'read', suspect: false } } },
    })
  })

  it('outranks the suspect pieces only, if another answer came in between', () => {
    const doubted = take(take(VERIFIED, look(5, { a: 'x' })), look(5, { a: 'y' }))
    const between = take(doubted, look(5, { b: 'first' }, answered(doubted)))
    const { now } = observe(between, look(5, { a: 'read', b: 'second' }, answered(doubted)))
    expect(now.facts).toMatchObject({ a: { value: 'read', suspect: false } })
    expect(now.facts.b, 'two calls under way may have been answered in either order').toMatchObject({
      value: 'first',
      suspect: true,
    })
    expect(now.owes_refresh).toBe(true)
  })

  it('owes no further refresh for a suspect piece that it did not cover', () => {
    const doubted = take(take(VERIFIED, look(5, { a: 'x' })), look(5, { a: 'y' }))
    expect(observe(doubted, look(7, { b: 'read' }, answered(doubted)))).toMatchObject({
      effects: [],
      now: { owes_refresh: false, facts: { a: { suspect: true } } },
    })
    const between = take(doubted, look(7, { b: 'read' }, answered(doubted)))
    expect(observe(between, look(8, { b: 'read' }, answered(doubted)))).toMatchObject({
      effects: [],
      now: { owes_refresh: false, facts: { a: { suspect: true } } },
    })
  })

  it('to a command outranks what was known before the command, and verifies nothing', () => {
    const known = take(VERIFIED, look(5, { a: 'heard' }))
    expect(observe(known, look(5, { a: 'done' }, { after: known.seq }))).toMatchObject({
      effects: [],
      now: { facts: { a: { value: 'done', suspect: false } }, verified_at: 1, heard_seq: known.seq },
    })
    expect(observe(known, look(5, { a: 'done' }, { after: VERIFIED.seq })).now.facts.a).toMatchObject({
      value: 'heard',
      suspect: true,
    })
  })

  it('that is late does not set back the time of the last call', () => {
    const known = take(VERIFIED, look(9, { a: 'x' }, answered(VERIFIED, 900)))
    const late = observe(known, look(8, { a: 'x' }, answered(VERIFIED, 800)))
    expect(late.now).toMatchObject({ verified_at: 900, asked_at: 900 })
    const refused = { type: 'stripe.unobservable', reason: 'gone', asked: { seq: 1, at: 800 } } as const
    expect(unanswered(late.now, refused)).toEqual({ asked_at: 900, owes_refresh: false })
    expect(unanswered(NOTHING, refused)).toEqual({ asked_at: 800, owes_refresh: false })
  })
})

describe('an event during a call to Stripe', () => {
  it('outdates the answer even if it says nothing new: the value may have changed and changed back', () => {
    const known = take(VERIFIED, look(5, { a: 'one' }))
    const heard = take(known, look(5, { a: 'one' }))
    // The call read another value between the two events.
    expect(observe(heard, look(5, { a: 'two' }, answered(known)))).toMatchObject({
      effects: [refresh],
      now: { facts: { a: { suspect: true } }, owes_refresh: true },
    })
  })

  it('outdates the answer even if the piece is suspect already', () => {
    const doubted = take(take(VERIFIED, look(5, { a: 'one' })), look(5, { a: 'two' }))
    const heard = take(doubted, look(5, { a: 'two' }))
    expect(heard.facts.a, 'only an answer settles it').toMatchObject({ value: 'one', suspect: true })
    expect(observe(heard, look(5, { a: 'one' }, answered(doubted))).now).toMatchObject({
      facts: { a: { suspect: true } },
      owes_refresh: true,
    })
  })

  it('does not outdate the answer if it is older than what is known, or empty', () => {
    const known = take(VERIFIED, look(5, { a: 'one' }))
    for (const silent of [look(4, { a: 'two' }), look(6, {})]) {
      const heard = take(known, silent)
      expect(heard).toBe(known)
      expect(observe(heard, look(5, { a: 'two' }, answered(known))).now.facts.a).toMatchObject({
        value: 'two',
        suspect: false,
      })
    }
  })
})

describe('a piece that cannot be true beside another', () => {
  it('becomes suspect, which owes a refresh', () => {
    const doubting = observe(VERIFIED, look(5, { b: 'x' }), {
      doubt: (facts) => ({ ...facts, a: facts.a && { ...facts.a, suspect: true } }),
    })
    expect(doubting).toMatchObject({ effects: [refresh], now: { owes_refresh: true, heard_seq: 2 } })
  })
})
