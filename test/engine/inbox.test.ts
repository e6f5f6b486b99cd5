/** The outcome of a Stripe event, its detail, and its inbox row. */
import { describe, expect, it } from 'vitest'
import { UnreadableState } from '../../machines/lifecycle.ts'
import type { UnitOfWork, InstanceEvent, StepResult, Applied } from '../../src/engine/unit-of-work.ts'
import { inboxResultOf, replayUnit, webhookUnit } from '../../src/engine/inbox.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import type { Translation } from '../../src/engine/translate.ts'
import { insertedRow, tableOf } from '../support/sql.ts'
import { anAccountEvent } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

const NOW = 1_000_000
const TRANSLATED: Translation = { kind: 'events', events: [], payload: {} }

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

const resultOf = (...results: StepResult[]) => inboxResultOf(TRANSLATED, { kind: 'applied', results }, NOW)
const outcome = (...results: StepResult[]) => resultOf(...results).outcome

describe('an event', () => {
  it('is applied if any instance moved, else stale if any observation was stale, else unchanged', () => {
    expect(outcome(still('stale'), still('unchanged'), moved())).toBe('applied')
    expect(outcome(still('unchanged'), still('stale'))).toBe('stale')
    expect(outcome(still('unchanged'), still('refused'), unknown)).toBe('unchanged')
    expect(outcome()).toBe('unchanged')
  })

  it('is unchanged if its history row changes nothing', () => {
    const quiet = { changed: {} }
    expect(outcome(moved(quiet))).toBe('unchanged')
    expect(outcome(moved({ ...quiet, from: null }))).toBe('applied')
    expect(outcome(moved({ ...quiet, from: { region: 'there' } }))).toBe('applied')
    expect(outcome(moved({ ...quiet, effects: [{ kind: 'refresh', after_ms: 0 }] }))).toBe('applied')
  })

  it('that was ignored or could not be read has the reason as its detail', () => {
    for (const kind of ['ignored', 'failed'] as const)
      expect(
        inboxResultOf({ kind, reason: 'no handler', payload: {} }, { kind: 'applied', results: [] }, NOW),
      ).toEqual({
        outcome: kind,
        detail: 'no handler',
        retryAt: null,
      })
  })

  it('that failed has the error as its detail, and is retried only if a newer build can apply it', () => {
    const failed = (error: unknown) => inboxResultOf(TRANSLATED, { kind: 'failed', error }, NOW)
    expect(failed(new TypeError('no'))).toEqual({
      outcome: 'failed',
      detail: 'TypeError: no',
      retryAt: null,
    })
    const unreadable = (newer: boolean) =>
      failed(new UnreadableState({ machine: 'account', version: 9, newer }))
    expect([unreadable(true).retryAt, unreadable(false).retryAt]).toEqual([NOW + 60_000, null])
  })

  it('has a detail for a refresh, a taken external id and an unknown object, and no other', () => {
    const detail = (...results: StepResult[]) => resultOf(...results).detail
    const owing = (kind: string) => moved({ effects: [{ kind, after_ms: 0 }] })
    expect(detail(moved(), still('unchanged'))).toBeNull()
    expect(detail()).toBeNull()
    expect(detail(owing('refresh'), moved())).toMatch(/^A refresh is owed/)
    expect(detail(owing('recheck'))).toBeNull()
    expect(detail(owing('refresh'), still('external_id_taken'))).toMatch(/made twice/)
    expect(detail(unknown, unknown)).toMatch(/not known here yet/)
    expect(detail(unknown, moved())).toBeNull()
  })
})

it('an event is retried if an awaited instance was unknown, and not for other unknown instances', () => {
  const instanceEvent = (isAwaited: boolean) => ({ ...(isAwaited && { isAwaited }) }) as InstanceEvent
  const retryAt = (...found: [isAwaited: boolean, result: StepResult][]) =>
    inboxResultOf(
      { ...TRANSLATED, events: found.map(([isAwaited]) => instanceEvent(isAwaited)) },
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

  it('has its source, its payload and its outcome', () => {
    const unit = webhookUnit(lifecycles, event, { source: 'connect', cause })
    expect(unit).toMatchObject({ cause, once: { event: 'evt_1' }, events: [{ id: 'acct_1' }] })
    const [row, ...others] = unit.record?.(taken, NOW) ?? []
    expect(others).toEqual([])
    expect(row && tableOf(row)).toBe('inbox')
    expect(row && insertedRow(row)).toEqual({
      id: 'evt_1',
      type: 'account.updated',
      account: 'acct_1',
      source: 'connect',
      created: 5,
      received_at: NOW,
      payload: expect.stringContaining('"charges_enabled":true'),
      outcome: 'applied',
      detail: null,
      retry_at: null,
    })
  })

  it('is counted as recovered in the same commit if the reconciler found it', () => {
    const unit = webhookUnit(lifecycles, event, { source: 'reconciler', cause })
    const [, ...others] = unit.record?.(taken, NOW) ?? []
    expect(others.map(insertedRow)).toEqual([{ name: 'reconciler', key: 'recovered', count: 1 }])
  })

  it('of an event of the platform itself has no account, and the event moves nothing', () => {
    const unit = webhookUnit(lifecycles, ofThePlatform, { source: 'platform', cause })
    expect(unit.events).toEqual([])
    const [row] = unit.record?.({ kind: 'applied', results: [] }, NOW) ?? []
    expect(row && insertedRow(row)).toMatchObject({ account: null, source: 'platform' })
  })

  it('is updated by a replay, which applies the event again', () => {
    const unit = replayUnit(lifecycles, event, { kind: 'operator', id: 'ops' })
    expect(unit).not.toHaveProperty('once')
    expect(unit.events).toHaveLength(1)
    const [row] = unit.record?.(taken, NOW) ?? []
    expect(row?.sql).toMatch(/^UPDATE inbox/)
    expect(row?.args).toEqual([NOW, expect.stringContaining('acct_1'), null, null, 'applied', 'evt_1'])
  })

  it('of a refunded fee with an unknown charge asks for one more replay, and no more', () => {
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
    const heard = (refunded: number) =>
      webhookUnit(lifecycles, feeEvent(refunded), { source: 'platform', cause })
    expect([retryOf(heard(1), -1), retryOf(heard(0), -1)]).toEqual([NOW + 300_000, null])
    expect(retryOf(replayUnit(lifecycles, feeEvent(1), cause), -3)).toBeNull()
  })
})
