/** The batch that a group of units commits: the order of its statements, and what they write. */
import { describe, expect, it, vi } from 'vitest'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import type { Live } from '../../machines/lifecycle.ts'
import type { MachineName } from '../support/lifecycles.ts'
import { payment } from '../../machines/payment/payment.ts'
import type { Facts } from '../../machines/watermark.ts'
import type { ObservedContext } from '../../machines/observation.ts'
import type { UnitOfWork, InstanceEvent, AdvanceResult } from '../../src/engine/unit-of-work.ts'
import {
  claimedExternalId,
  covers,
  loadedFrom,
  NOTHING_LOADED,
  plan,
  touchedBy,
  type Loaded,
} from '../../src/engine/plan.ts'
import { lifecycles } from '../../src/lifecycles.ts'
import { Unstorable, type Statement } from '../../src/store/database.ts'
import type { InstanceRow } from '../../src/store/instances.ts'
import { anAccount, seconds, seenWhole } from '../support/an-account.ts'
import { aPaymentTruth } from '../support/a-payment.ts'
import { aPayout, aPayoutTruth } from '../support/a-payout.ts'
import { rowsInto, sql, tableOf } from '../support/sql.ts'

const DAY = 86_400_000
const NOW = 1_000_000_000
const SINCE = 5_000

const settings = { lifecycles, now: NOW, factsMaxAgeMs: DAY }
type Row = InstanceRow

/** The stored row of an instance. */
function row(
  machine: MachineName,
  id: string,
  live: Live<ObservedContext<Facts>>,
  over: Partial<Row> = {},
): Row {
  const external_id = (live.context as unknown as { external_id: string | null }).external_id
  return {
    machine,
    id,
    account: 'acct_1',
    external_id,
    seq: live.context.seq,
    ...live,
    created_at: SINCE,
    updated_at: SINCE,
    ...over,
  }
}

/** The loaded rows. A string is the key of an instance that does not exist. */
function stored(...rows: (Row | string)[]): Loaded {
  return {
    ...NOTHING_LOADED,
    instances: new Map(
      rows.map((one) => (typeof one === 'string' ? [one, null] : [`${one.machine}:${one.id}`, one])),
    ),
  }
}

const known = row('account', 'acct_1', anAccount())
const holdOf = (id: string): InstanceEvent => ({
  machine: 'account',
  id,
  account: id,
  event: { type: 'operator.held', reason: 'suspected fraud', by: 'op', at: NOW },
})
const hold = holdOf('acct_1')
const release: InstanceEvent = {
  ...hold,
  event: { type: 'operator.released', reason: 'fine', by: 'op', at: NOW },
} as InstanceEvent
const asked: InstanceEvent = {
  machine: 'account',
  id: 'acct_1',
  account: 'acct_1',
  event: {
    type: 'stripe.observed',
    as_of: seconds(200),
    observation: seenWhole(),
    asked: { seq: 1, at: NOW - 10 },
  },
}
const INPUT = { id: 'acct_2', external_id: 'shop', metadata: {}, fee_policy: null }
const beginning = (external_id: string | null, id = 'acct_2'): InstanceEvent => ({
  machine: 'account',
  id,
  account: id,
  event: { type: 'stripe.observed', as_of: seconds(100), observation: seenWhole() },
  begin: { ...INPUT, id, external_id },
})
const payoutObserved = (status: string, at: number): InstanceEvent => ({
  machine: 'payout',
  id: 'po_1',
  account: 'acct_1',
  event: { type: 'stripe.observed', as_of: seconds(at), observation: { payout: aPayoutTruth({ status }) } },
})

const unitOf = (...events: InstanceEvent[]): UnitOfWork => ({
  cause: { kind: 'operator', id: 'why' },
  events,
})
const kinds = (outcome: AdvanceResult | undefined) =>
  outcome?.kind === 'applied' ? outcome.results.map(({ kind }) => kind) : outcome?.kind
/** The tables that are written, in order. */
const written = (statements: readonly Statement[]) => statements.map(tableOf)
const RECORDED = sql('INSERT INTO recorded')

const CHARGE = { status: 'succeeded', captured: true, amount_captured: 1000, application_fee_amount: null }

describe('the instances that units touch', () => {
  it('are each instance with an event, once, and its parent', () => {
    const subjects = touchedBy(
      [
        unitOf(payoutObserved('paid', 1), payoutObserved('paid', 2)),
        unitOf({
          machine: 'payment',
          id: 'ch_1',
          isAlias: true,
          account: 'acct_2',
          event: { type: 'capture.requested' },
        }),
      ],
      lifecycles,
    )
    expect(subjects.map(({ machine, id, isAlias }) => [machine, id, isAlias])).toEqual([
      ['account', 'acct_1', undefined],
      ['payout', 'po_1', undefined],
      ['payment', 'ch_1', true],
    ])
  })

  it('are covered by known rows only if every one of them is known', () => {
    const payoutRow = row('payout', 'po_1', aPayout())
    const units = [unitOf(payoutObserved('paid', 1))]
    expect(covers(loadedFrom('payout', 'po_1', payoutRow), touchedBy(units, lifecycles))).toBe(false)
    expect(covers(loadedFrom('payout', 'po_1', payoutRow, [known]), touchedBy(units, lifecycles))).toBe(true)
    expect(covers(loadedFrom('payout', 'po_1', null, [known]), touchedBy(units, lifecycles))).toBe(true)
    expect(loadedFrom('payout', 'po_1', null, [known])).toEqual(stored('payout:po_1', known))
    expect(loadedFrom('account', 'acct_1', known)).toEqual(stored(known))
  })

  it('are claimed by the external id of a beginning or of a naming event', () => {
    const naming = { ...hold, event: { type: 'account.named', external_id: 'a' } } as InstanceEvent
    const paymentNaming = {
      machine: 'payment',
      id: 'pi_1',
      account: 'acct_1',
      event: { type: 'payment.named', external_id: 'b' },
    } as InstanceEvent
    expect([hold, beginning('c'), beginning(null), naming, paymentNaming].map(claimedExternalId)).toEqual([
      null,
      'c',
      null,
      'a',
      'b',
    ])
  })
})

describe('a batch', () => {
  it('starts with the history rows of every move, then saves each instance in its last state', () => {
    const units = [
      { ...unitOf(hold), record: () => [RECORDED] },
      { ...unitOf(release), cause: { kind: 'command' as const, id: 'c' } },
      unitOf(beginning('shop')),
    ]
    const { statements, results, owed } = plan(units, stored(known, 'account:acct_2'), settings)
    expect(results.map(kinds)).toEqual([['moved'], ['moved'], ['moved']])
    expect(written(statements).join(' ')).toBe(
      'transitions transitions transitions instances instances recorded outbox',
    )
    const [held, released, begun] = rowsInto('transitions', statements)
    expect(held).toMatchObject({
      machine: 'account',
      id: 'acct_1',
      seq: 2,
      at: NOW,
      event: 'operator.held',
      cause_kind: 'operator',
      cause_id: 'why',
      from_value: JSON.stringify(known.value),
      to_value: JSON.stringify({ ...known.value, hold: 'held' }),
      skipped: null,
    })
    expect(released).toMatchObject({
      id: 'acct_1',
      seq: 3,
      event: 'operator.released',
      cause_kind: 'command',
    })
    expect(begun).toMatchObject({ id: 'acct_2', seq: 1, event: 'stripe.observed', from_value: null })
    const [saved, savedNew] = rowsInto('instances', statements)
    expect(saved).toMatchObject({ id: 'acct_1', seq: 3, value: JSON.stringify(known.value) })
    expect(savedNew).toMatchObject({ id: 'acct_2', seq: 1, external_id: 'shop' })
    // An account that began with an event owes a refresh. Cron leaves it to this process for 30 seconds.
    const refresh = { name: 'account:acct_2:1:0', machine: 'account', id: 'acct_2', account: 'acct_2' }
    const effect = { kind: 'refresh', after_ms: 1_000 }
    expect(owed).toEqual([{ ...refresh, effect, nextAt: NOW + 1_000 }])
    expect(rowsInto('outbox', statements)).toEqual([
      {
        ...refresh,
        effect: JSON.stringify(effect),
        created_at: NOW,
        next_at: NOW + 1_000,
        leased_until: NOW + 31_000,
      },
    ])
  })

  it('without a move holds only the statements of `record`', () => {
    const { statements, results } = plan(
      [{ ...unitOf(release, holdOf('acct_9')), record: () => [RECORDED] }],
      stored(known, 'account:acct_9'),
      settings,
    )
    expect(results.map(kinds)).toEqual([['unmoved', 'unknown']])
    expect(statements).toEqual([RECORDED])
  })

  it('passes the result of a unit and the time to `record`', () => {
    const record = vi.fn(() => [])
    const { results } = plan([{ ...unitOf(hold), record }], stored(known), settings)
    expect(record).toHaveBeenCalledExactlyOnceWith(results[0], NOW)
  })
})

describe('a saved instance', () => {
  const planned = (units: UnitOfWork[], ...rows: (Row | string)[]) =>
    plan(units, stored(...rows), settings).statements
  const saved = (units: UnitOfWork[], ...rows: (Row | string)[]) =>
    rowsInto('instances', planned(units, ...rows))

  it('carries its new state, and is due for a check a day after its last fetch', () => {
    expect(saved([unitOf(hold)], known)).toEqual([
      {
        machine: 'account',
        id: 'acct_1',
        account: 'acct_1',
        external_id: null,
        seq: 2,
        version: known.version,
        value: JSON.stringify({ ...known.value, hold: 'held' }),
        context: expect.stringContaining('"seq":2'),
        wake_at: null,
        check_at: 100_000 + DAY,
        created_at: NOW,
        updated_at: NOW,
      },
    ])
    expect(saved([unitOf(asked)], known)).toMatchObject([{ seq: 2, check_at: NOW - 10 + DAY }])
  })

  it('that was never fetched is due a day after its beginning', () => {
    expect(saved([unitOf(beginning(null))], 'account:acct_2')).toMatchObject([{ check_at: NOW + DAY }])
    const { live } = accountLifecycle.begin(INPUT, beginning(null).event as never)
    const heard = row('account', 'acct_2', live, { account: 'acct_2' })
    expect(saved([unitOf(holdOf('acct_2'))], heard)).toMatchObject([{ check_at: SINCE + DAY }])
  })

  it('in a final state is never due for a check', () => {
    const rows = saved([unitOf(payoutObserved('failed', 200))], known, row('payout', 'po_1', aPayout()))
    expect(rows).toContainEqual(expect.objectContaining({ machine: 'payout', check_at: null }))
  })

  it('clears an overdue check if any unit of its group fetched it', () => {
    const wasAsked = (...events: InstanceEvent[]) =>
      planned(
        events.map((event) => unitOf(event)),
        known,
      )
        .find((statement) => tableOf(statement) === 'instances')
        ?.args.at(-1)
    expect(wasAsked(asked, hold)).toBe(1)
    expect(
      wasAsked(hold, {
        ...asked,
        event: { ...asked.event, asked: { seq: 2, at: NOW - 10 } },
      } as InstanceEvent),
    ).toBe(1)
    expect(wasAsked(hold, release)).toBe(0)
  })
})

describe('a unit', () => {
  const broken: InstanceEvent = { ...hold, account: 'acct_other' }
  const record = () => [RECORDED]

  it('that fails moves nothing, and the other units still apply', () => {
    const { results, transitions, statements } = plan(
      [{ ...unitOf(hold, broken), record }, unitOf(hold)],
      stored(known),
      settings,
    )
    expect(results.map(kinds)).toEqual(['failed', ['moved']])
    expect(transitions.map(({ seq }) => seq)).toEqual([2])
    expect(written(statements)).toEqual(['transitions', 'instances', 'recorded'])
  })

  it('with an event for another account’s instance fails, and names both accounts', () => {
    const theirs = row(
      'payment',
      'pi_1',
      payment.begin(
        { id: 'pi_1', account: 'acct_1', external_id: null },
        {
          type: 'stripe.observed',
          as_of: seconds(1),
          observation: { payment: aPaymentTruth() },
        },
      ).live,
    )
    const stranger: InstanceEvent = {
      machine: 'payment',
      id: 'pi_1',
      account: 'acct_2',
      event: { type: 'capture.requested' },
    }
    const [outcome] = plan([{ ...unitOf(stranger), record }], stored(theirs), settings).results
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { message: 'payment pi_1 belongs to acct_1, its event to acct_2' },
    })
  })

  it('that fails without `record` throws its error', () => {
    expect(() => plan([unitOf(broken)], stored(known), settings)).toThrow('belongs to acct_1')
  })

  it('that the database refuses for good has failed', () => {
    const unstorable = new Unstorable('too big', {})
    const { results, statements } = plan([{ ...unitOf(hold), record }], stored(known), {
      ...settings,
      unstorable,
    })
    expect(results).toEqual([{ kind: 'failed', error: unstorable }])
    expect(statements).toEqual([RECORDED])
  })

  it('continues from the state that earlier units and its own earlier events left', () => {
    const { transitions } = plan([unitOf(hold, release), unitOf(hold)], stored(known), settings)
    expect(transitions.map(({ seq, event }) => [seq, event])).toEqual([
      [2, 'operator.held'],
      [3, 'operator.released'],
      [4, 'operator.held'],
    ])
  })

  it('that was handled before is a duplicate and is not recorded again', () => {
    const never = vi.fn(() => [])
    const handled = new Set(['evt_1', 'web:key'])
    const onces = [
      { event: 'evt_1' },
      { client: 'web', key: 'key' },
      { event: 'evt_2' },
      { client: 'key', key: 'web' },
    ]
    const { results } = plan(
      onces.map((once, index) => ({ ...unitOf(release), once, record: index < 2 ? never : record })),
      { ...stored(known), handled },
      settings,
    )
    expect(results.map(kinds)).toEqual(['duplicate', 'duplicate', ['unmoved'], ['unmoved']])
    expect(never).not.toHaveBeenCalled()
  })

  it('with an alias moves the instance behind it; an unknown alias moves nothing', () => {
    const live = payment.begin(
      { id: 'pi_1', account: 'acct_1', external_id: null },
      {
        type: 'stripe.observed',
        as_of: seconds(1),
        observation: { payment: aPaymentTruth({ status: 'requires_capture' }) },
      },
    ).live
    const byCharge: InstanceEvent = {
      machine: 'payment',
      id: 'ch_1',
      isAlias: true,
      account: 'acct_1',
      event: {
        type: 'stripe.observed',
        as_of: seconds(9),
        observation: { payment: aPaymentTruth({ status: 'canceled' }) },
      },
    }
    const loaded = { ...stored(), instances: new Map([['payment:ch_1', row('payment', 'pi_1', live)]]) }
    const { transitions, statements } = plan([unitOf(byCharge)], loaded, settings)
    expect(transitions.map(({ id, seq }) => [id, seq])).toEqual([['pi_1', 2]])
    expect(statements.find((one) => tableOf(one) === 'instances')?.args.slice(0, 2)).toEqual([
      'payment',
      'pi_1',
    ])
    expect(plan([unitOf(byCharge)], stored('payment:ch_1'), settings).results.map(kinds)).toEqual([
      ['unknown'],
    ])
    // Only an event marked as an alias is redirected.
    const own = plan([unitOf({ ...byCharge, isAlias: undefined } as never)], loaded, settings)
    expect(own.transitions).toEqual([])
  })
})

describe('an external id', () => {
  const externalIds = new Map([['account:shop', 'acct_1']])

  it('that another instance has is not given to an instance that begins with it', () => {
    const begin = (external_id: string, id?: string) => {
      const { statements } = plan(
        [unitOf(beginning(external_id, id))],
        { ...stored('account:acct_2', 'account:acct_1'), externalIds },
        settings,
      )
      return statements.find((one) => tableOf(one) === 'instances')?.args[3]
    }
    expect(begin('shop')).toBeNull()
    expect(begin('other')).toBe('other')
    expect(begin('shop', 'acct_1')).toBe('shop')
  })

  it('that another instance has is refused, and the other events of the unit apply', () => {
    const naming = (name: string): InstanceEvent =>
      ({ ...holdOf('acct_2'), event: { type: 'account.named', external_id: name } }) as InstanceEvent
    const { live } = accountLifecycle.begin({ ...INPUT, external_id: null }, beginning(null).event as never)
    const nameless = row('account', 'acct_2', live, { account: 'acct_2' })
    const of = (...events: InstanceEvent[]) =>
      plan([unitOf(...events)], { ...stored(nameless), externalIds }, settings).results[0]
    expect(of(naming('shop'), holdOf('acct_2'))).toMatchObject({
      kind: 'applied',
      results: [{ kind: 'unmoved', why: 'external_id_taken' }, { kind: 'moved' }],
    })
    expect(kinds(of(naming('free')))).toEqual(['moved'])
    // An event for a known instance does not claim the external id of its `begin`.
    expect(
      kinds(of({ ...holdOf('acct_2'), begin: { ...INPUT, external_id: 'shop' } } as InstanceEvent)),
    ).toEqual(['moved'])
  })
})

describe('the parent account', () => {
  const payoutRow = row('payout', 'po_1', aPayout())

  it('gets one event for a payout that moved twice, with its last state and the same cause', () => {
    const { transitions, results } = plan(
      [unitOf(payoutObserved('in_transit', 200), payoutObserved('failed', 300))],
      stored(known, payoutRow),
      settings,
    )
    expect(kinds(results[0])).toEqual(['moved', 'moved'])
    expect(transitions.map(({ machine, event, cause }) => [machine, event, cause.id])).toEqual([
      ['payout', 'stripe.observed', 'why'],
      ['payout', 'stripe.observed', 'why'],
      ['account', 'payout.moved', 'why'],
    ])
    expect(JSON.stringify(transitions[2]?.changed)).toContain('failed')
  })

  it('gets no event for a payout that did not move, and may be unknown', () => {
    const stale = plan([unitOf(payoutObserved('paid', 1))], stored(known, payoutRow), settings)
    expect(stale.transitions).toEqual([])
    const alone = plan([unitOf(payoutObserved('paid', 200))], stored('account:acct_1', payoutRow), settings)
    expect(alone.transitions.map(({ machine }) => machine)).toEqual(['payout'])
    expect(kinds(alone.results[0])).toEqual(['moved'])
  })

  it('gets the event even if it begins in the same unit, after the payout', () => {
    const begun = plan(
      [unitOf(payoutObserved('failed', 200), beginning(null, 'acct_1'))],
      stored('account:acct_1', payoutRow),
      settings,
    )
    expect(begun.transitions.map(({ machine, event, seq }) => [machine, event, seq])).toEqual([
      ['payout', 'stripe.observed', 2],
      ['account', 'stripe.observed', 1],
      ['account', 'payout.moved', 2],
    ])
  })
})

describe('with the instance, a batch', () => {
  const observation = (charges: string[]) => ({
    payment: aPaymentTruth(),
    charges: { items: Object.fromEntries(charges.map((id) => [id, CHARGE])), all: true },
  })
  const begin = { id: 'pi_1', account: 'acct_1', external_id: null }

  it('writes only the aliases that are new', () => {
    const { live } = payment.begin(begin, {
      type: 'stripe.observed',
      as_of: seconds(1),
      observation: observation(['ch_1']),
    })
    const heard: InstanceEvent = {
      machine: 'payment',
      id: 'pi_1',
      account: 'acct_1',
      event: { type: 'stripe.observed', as_of: seconds(9), observation: observation(['ch_1', 'ch_2']) },
      begin,
    }
    const aliases = (...rows: (Row | string)[]) =>
      rowsInto('aliases', plan([unitOf(heard)], stored(...rows), settings).statements)
    const ofPayment = { machine: 'payment', id: 'pi_1' }
    expect(aliases(row('payment', 'pi_1', live))).toEqual([{ alias: 'ch_2', ...ofPayment }])
    expect(aliases('payment:pi_1')).toEqual([
      { alias: 'ch_1', ...ofPayment },
      { alias: 'ch_2', ...ofPayment },
    ])
  })

  it('finishes every owed refresh if a fetch paid one', () => {
    const { live } = accountLifecycle.begin(
      { ...INPUT, id: 'acct_1' },
      beginning(null, 'acct_1').event as never,
    )
    const owing = row('account', 'acct_1', live)
    const ends = (instanceEvent: InstanceEvent, of: Row) =>
      plan([unitOf(instanceEvent)], stored(of), settings)
        .statements.filter((statement) => statement.sql.startsWith('UPDATE outbox'))
        .map(({ args }) => args)
    expect(ends(asked, owing)).toEqual([[NOW, 'account', 'acct_1']])
    expect(ends(hold, owing)).toEqual([])
    expect(ends(asked, known)).toEqual([])
  })
})
