/** What becomes of an event: its outcome, what is said of it, and the row that keeps it. */
import { describe, expect, it } from 'vitest'
import { UnreadableState } from '../../machines/lifecycle.ts'
import type { UnitOfWork, InstanceEvent, StepResult, Applied } from '../../src/engine/unit-of-work.ts'
import { inboxResultOf, replayUnit, webhookUnit } from '../../src/engine/inbox.ts'
import { addToTally } from '../../src/store/tallies.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import type { Translation } from '../../src/engine/translate.ts'
import { anAccountEvent } from '../support/webhooks.ts'

const NOW = 1_000_000
const HAPPENED: Translation = { kind: 'events', events: [], payload: {} }

const live = { version: 1, value: { region: 'here' }, context: {} } as never
const still = (why: 'unchanged' | 'stale' | 'refused' | 'external_id_taken'): StepResult => ({
  kind: 'unmoved',
  live,
  why,
})
const moved = (over: object = {}): StepResult => ({
  kind: 'moved',
  live,
  from: { region: 'here' },
  changed: { a: [1, 2] },
  skipped: [],
  effects: [],
  ...over,
})
const unknown: StepResult = { kind: 'unknown' }

const became = (...results: StepResult[]) => inboxResultOf(HAPPENED, { kind: 'applied', results }, NOW)
const outcome = (...results: StepResult[]) => became(...results).outcome

describe('an event', () => {
  it('is applied when anything moved, else stale when anything was old, else unchanged', () => {
    expect(outcome(still('stale'), still('unchanged'), moved())).toBe('applied')
    expect(outcome(still('unchanged'), still('stale'))).toBe('stale')
    expect(outcome(still('unchanged'), still('refused'), unknown)).toBe('unchanged')
    expect(outcome()).toBe('unchanged')
  })

  it('is unchanged where it only leaves its mark', () => {
    const quiet = { changed: {} }
    expect(outcome(moved(quiet))).toBe('unchanged')
    expect(outcome(moved({ ...quiet, from: null }))).toBe('applied')
    expect(outcome(moved({ ...quiet, from: { region: 'there' } }))).toBe('applied')
    expect(outcome(moved({ ...quiet, effects: [{ kind: 'refresh', after_ms: 0 }] }))).toBe('applied')
  })

  it('that was ignored or could not be read says why', () => {
    for (const kind of ['ignored', 'failed'] as const)
      expect(
        inboxResultOf({ kind, reason: 'so it is', payload: {} }, { kind: 'applied', results: [] }, NOW),
      ).toEqual({
        outcome: kind,
        detail: 'so it is',
        retryAt: null,
      })
  })

  it('that could not be applied says why, and is tried again only where a newer build can', () => {
    const failed = (error: unknown) => inboxResultOf(HAPPENED, { kind: 'failed', error }, NOW)
    expect(failed(new TypeError('no'))).toEqual({
      outcome: 'failed',
      detail: 'TypeError: no',
      retryAt: null,
    })
    const unreadable = (newer: boolean) =>
      failed(new UnreadableState({ machine: 'account', version: 9, newer }))
    expect([unreadable(true).retryAt, unreadable(false).retryAt]).toEqual([NOW + 60_000, null])
  })

  it('says what an operator should know of it, and nothing where there is nothing', () => {
    const detail = (...results: StepResult[]) => became(...results).detail
    const owing = (kind: string) => moved({ effects: [{ kind, after_ms: 0 }] })
    expect(detail(moved(), still('unchanged'))).toBeNull()
    expect(detail()).toBeNull()
    expect(detail(owing('refresh'), moved())).toMatch(/^Stripe is asked/)
    expect(detail(owing('recheck'))).toBeNull()
    expect(detail(owing('refresh'), still('external_id_taken'))).toMatch(/made twice/)
    expect(detail(unknown, unknown)).toMatch(/not known here yet/)
    expect(detail(unknown, moved())).toBeNull()
  })
})

it('an event is waited for where one of its happenings found nothing yet, and only where that may come', () => {
  const instanceEvent = (isAwaited: boolean) => ({ ...(isAwaited && { isAwaited }) }) as InstanceEvent
  const retryAt = (...found: [isAwaited: boolean, result: StepResult][]) =>
    inboxResultOf(
      { ...HAPPENED, events: found.map(([isAwaited]) => instanceEvent(isAwaited)) },
      { kind: 'applied', results: found.map(([, result]) => result) },
      NOW,
    ).retryAt
  expect(retryAt([false, moved()], [true, unknown])).toBe(NOW + 300_000)
  expect(retryAt([true, moved()], [false, unknown])).toBeNull()
})

describe('the row of an event', () => {
  const event = EventEnvelope.parse(anAccountEvent('acct_1', { id: 'evt_1', created: 5 }))
  const { account: _, ...ofThePlatform } = event
  const taken: Applied = { kind: 'applied', results: [moved()] }
  const cause = { kind: 'webhook', id: 'evt_1' } as const

  it('keeps it once, with where it came from and what was read of it', () => {
    const unit = webhookUnit(event, { source: 'connect', cause })
    expect(unit).toMatchObject({ cause, once: { event: 'evt_1' }, events: [{ id: 'acct_1' }] })
    const [row, ...others] = unit.record?.(taken, NOW) ?? []
    expect(others).toEqual([])
    expect(row?.sql).toMatch(/^INSERT INTO inbox/)
    expect(row?.args).toEqual([
      'evt_1',
      'account.updated',
      'acct_1',
      'connect',
      5,
      NOW,
      expect.stringContaining('"charges_enabled":true'),
      'applied',
      null,
      null,
    ])
  })

  it('is counted as recovered in the same commit where no endpoint brought it', () => {
    const unit = webhookUnit(event, { source: 'reconciler', cause })
    const [, ...others] = unit.record?.(taken, NOW) ?? []
    expect(others).toEqual([addToTally('reconciler', 'recovered', 1)])
  })

  it('is of nobody’s account where it is the platform’s, and moves nothing', () => {
    const unit = webhookUnit(ofThePlatform, { source: 'platform', cause })
    expect(unit.events).toEqual([])
    expect(unit.record?.({ kind: 'applied', results: [] }, NOW)[0]?.args.slice(2, 4)).toEqual([
      null,
      'platform',
    ])
  })

  it('is the old one when it is replayed, which is handled again', () => {
    const unit = replayUnit(event, { kind: 'operator', id: 'ops' })
    expect(unit).not.toHaveProperty('once')
    expect(unit.events).toHaveLength(1)
    const [row] = unit.record?.(taken, NOW) ?? []
    expect(row?.sql).toMatch(/^UPDATE inbox/)
    expect(row?.args).toEqual([NOW, expect.stringContaining('acct_1'), null, null, 'applied', 'evt_1'])
  })

  it('of a fee that was given back, whose charge nobody knows, says to take it in once more, and only once', () => {
    const feeEvent = (amount_refunded: number) =>
      EventEnvelope.parse({
        ...ofThePlatform,
        data: {
          object: {
            id: 'fee_1',
            object: 'application_fee',
            account: 'acct_1',
            charge: 'ch_1',
            amount_refunded,
          },
        },
        type: 'application_fee.refunded',
      })
    const retryOf = (unit: UnitOfWork, place: number) =>
      unit.record?.({ kind: 'applied', results: [unknown] }, NOW)[0]?.args.at(place)
    const heard = (refunded: number) => webhookUnit(feeEvent(refunded), { source: 'platform', cause })
    expect([retryOf(heard(1), -1), retryOf(heard(0), -1)]).toEqual([NOW + 300_000, null])
    expect(retryOf(replayUnit(feeEvent(1), cause), -3)).toBeNull()
  })
})
