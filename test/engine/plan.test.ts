/** From what is stored and what has arrived to one batch: the order of what is written, and what is left out. */
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
import { insertAlias, saveInstance, type InstanceRow } from '../../src/store/instances.ts'
import { finishRefreshes, insertEffect } from '../../src/store/outbox.ts'
import { insertTransition } from '../../src/store/transitions.ts'
import { anAccount, seconds, seenWhole } from '../support/an-account.ts'
import { aPaymentTruth } from '../support/a-payment.ts'
import { aPayout, aPayoutTruth } from '../support/a-payout.ts'
import { sql } from '../support/sql.ts'

const DAY = 86_400_000
const NOW = 1_000_000_000
const SINCE = 5_000

const settings = { lifecycles, now: NOW, factsMaxAgeMs: DAY }
type Row = InstanceRow

/** An instance as it is stored. */
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

/** What is stored; a null is looked for and not there. */
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
  event: { type: 'operator.held', reason: 'looked at', by: 'op', at: NOW },
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
const payoutHeard = (status: string, at: number): InstanceEvent => ({
  machine: 'payout',
  id: 'po_1',
  account: 'acct_1',
  event: { type: 'stripe.observed', as_of: seconds(at), observation: { payout: aPayoutTruth({ status }) } },
})

const because = (...events: InstanceEvent[]): UnitOfWork => ({
  cause: { kind: 'operator', id: 'why' },
  events,
})
const kinds = (outcome: AdvanceResult | undefined) =>
  outcome?.kind === 'applied' ? outcome.results.map(({ kind }) => kind) : outcome?.kind
const tableOf = ({ sql }: Statement) => /^\w+\s+(?:INTO\s+)?(\w+)/.exec(sql)?.[1] ?? sql
/** The tables that are written, in order. */
const written = (statements: readonly Statement[]) => statements.map(tableOf)
const RECORDED = sql('INSERT INTO recorded')

const CHARGE = { status: 'succeeded', captured: true, amount_captured: 1000, application_fee_amount: null }

describe('what arrivals touch', () => {
  it('is everything that something happens to, once, and the accounts that are told of it', () => {
    const subjects = touchedBy(
      [
        because(payoutHeard('paid', 1), payoutHeard('paid', 2)),
        because({
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

  it('is covered by what is known only if all of it is', () => {
    const payoutRow = row('payout', 'po_1', aPayout())
    const units = [because(payoutHeard('paid', 1))]
    expect(covers(loadedFrom('payout', 'po_1', payoutRow), touchedBy(units, lifecycles))).toBe(false)
    expect(covers(loadedFrom('payout', 'po_1', payoutRow, [known]), touchedBy(units, lifecycles))).toBe(true)
    expect(covers(loadedFrom('payout', 'po_1', null, [known]), touchedBy(units, lifecycles))).toBe(true)
    expect(loadedFrom('payout', 'po_1', null, [known])).toEqual(stored('payout:po_1', known))
    expect(loadedFrom('account', 'acct_1', known)).toEqual(stored(known))
  })

  it('and the name that is claimed by it', () => {
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
  it('starts with the history rows of all that moved, then saves each where it stands in the end', () => {
    const units = [
      { ...because(hold), record: () => [RECORDED] },
      { ...because(release), cause: { kind: 'command' as const, id: 'c' } },
      because(beginning('shop')),
    ]
    const { statements, transitions, results, owed } = plan(units, stored(known, 'account:acct_2'), settings)
    expect(results.map(kinds)).toEqual([['moved'], ['moved'], ['moved']])
    expect(written(statements).join(' ')).toBe(
      'transitions transitions transitions instances instances recorded outbox',
    )
    expect(transitions.map(({ id, seq, cause, event, at }) => [id, seq, cause.id, event, at])).toEqual([
      ['acct_1', 2, 'why', 'operator.held', NOW],
      ['acct_1', 3, 'c', 'operator.released', NOW],
      ['acct_2', 1, 'why', 'stripe.observed', NOW],
    ])
    expect(statements.slice(0, 3)).toEqual(transitions.map(insertTransition))
    expect(transitions[0]).toMatchObject({
      machine: 'account',
      from: known.value,
      to: { ...known.value, hold: 'held' },
    })
    expect(transitions[2]?.from).toBeNull()
    expect(statements[3]?.args).toContain(3)
    // An account that was only heard of is asked for.
    const effect = { kind: 'refresh' as const, after_ms: 1_000 }
    const due = {
      name: 'account:acct_2:1:0',
      machine: 'account',
      id: 'acct_2',
      account: 'acct_2',
      effect,
      nextAt: NOW + 1_000,
    }
    expect(owed).toEqual([due])
    expect(statements).toContainEqual(insertEffect(due, NOW, NOW + 31_000))
  })

  it('of what moves nothing holds only what is recorded of it', () => {
    const { statements, results } = plan(
      [{ ...because(release, holdOf('acct_9')), record: () => [RECORDED] }],
      stored(known, 'account:acct_9'),
      settings,
    )
    expect(results.map(kinds)).toEqual([['unmoved', 'unknown']])
    expect(statements).toEqual([RECORDED])
  })

  it('records of each arrival what it came to, and when', () => {
    const record = vi.fn(() => [])
    const { results } = plan([{ ...because(hold), record }], stored(known), settings)
    expect(record).toHaveBeenCalledExactlyOnceWith(results[0], NOW)
  })
})

/** Where among its arguments `saveInstance` has when to look again. */
const CHECK_AT = 9

describe('what is saved of an instance', () => {
  const saved = (units: UnitOfWork[], ...rows: (Row | string)[]) =>
    plan(units, stored(...rows), settings).statements.filter((one) => tableOf(one) === 'instances')
  const base = {
    machine: 'account',
    id: 'acct_1',
    account: 'acct_1',
    externalId: null,
    wakeAt: null,
    at: NOW,
  }
  const after = (live: ReturnType<typeof anAccount>, instanceEvent: InstanceEvent) => {
    const { live: next } = accountLifecycle.step(live, instanceEvent.event as never)
    return { seq: next.context.seq, stored: next }
  }

  it('is when it is to be looked at again: from when Stripe was asked last', () => {
    expect(saved([because(hold)], known)).toEqual([
      saveInstance({ ...base, ...after(anAccount(), hold), checkAt: 100_000 + DAY, wasAsked: false }),
    ])
    expect(saved([because(asked)], known)).toEqual([
      saveInstance({ ...base, ...after(anAccount(), asked), checkAt: NOW - 10 + DAY, wasAsked: true }),
    ])
  })

  it('or from when it was first heard of, where Stripe was never asked', () => {
    const checkAt = (...rows: (Row | string)[]) =>
      saved([because(beginning(null))], ...rows)[0]?.args[CHECK_AT]
    expect(checkAt('account:acct_2')).toBe(NOW + DAY)
    const { live } = accountLifecycle.begin(INPUT, beginning(null).event as never)
    const heard = row('account', 'acct_2', live, { account: 'acct_2' })
    expect(saved([because(holdOf('acct_2'))], heard)[0]?.args[CHECK_AT]).toBe(SINCE + DAY)
  })

  it('or never, where Stripe will not change it any more', () => {
    const { statements } = plan(
      [because(payoutHeard('failed', 200))],
      stored(known, row('payout', 'po_1', aPayout())),
      settings,
    )
    const checks = statements
      .filter((one) => tableOf(one) === 'instances')
      .map(({ args }) => [args[0], args[CHECK_AT]])
    expect(checks).toContainEqual(['payout', null])
  })

  it('and that Stripe was asked, whatever came after it in the same batch', () => {
    const wasAsked = (...events: InstanceEvent[]) =>
      saved(
        events.map((one) => because(one)),
        known,
      )[0]?.args.at(-1)
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

describe('an arrival', () => {
  const broken: InstanceEvent = { ...hold, account: 'acct_other' }
  const record = () => [RECORDED]

  it('is taken whole or not at all, and the others are not in its way', () => {
    const { results, transitions, statements } = plan(
      [{ ...because(hold, broken), record }, because(hold)],
      stored(known),
      settings,
    )
    expect(results.map(kinds)).toEqual(['failed', ['moved']])
    expect(transitions.map(({ seq }) => seq)).toEqual([2])
    expect(written(statements)).toEqual(['transitions', 'instances', 'recorded'])
  })

  it('that speaks for another account’s instance fails, and says whose it is', () => {
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
    const [outcome] = plan([{ ...because(stranger), record }], stored(theirs), settings).results
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { message: 'payment pi_1 is of acct_1, what is said of it of acct_2' },
    })
  })

  it('that fails throws what made it fail, where nobody would record it', () => {
    expect(() => plan([because(broken)], stored(known), settings)).toThrow('is of acct_1')
  })

  it('that the database will not have has failed, whatever it says', () => {
    const unstorable = new Unstorable('too big', {})
    const { results, statements } = plan([{ ...because(hold), record }], stored(known), {
      ...settings,
      unstorable,
    })
    expect(results).toEqual([{ kind: 'failed', error: unstorable }])
    expect(statements).toEqual([RECORDED])
  })

  it('goes on from where the ones before it in the batch, and its own happenings, have left off', () => {
    const { transitions } = plan([because(hold, release), because(hold)], stored(known), settings)
    expect(transitions.map(({ seq, event }) => [seq, event])).toEqual([
      [2, 'operator.held'],
      [3, 'operator.released'],
      [4, 'operator.held'],
    ])
  })

  it('that was handled before is seen, and nothing is recorded of it', () => {
    const never = vi.fn(() => [])
    const handled = new Set(['evt_1', 'web:key'])
    const onces = [
      { event: 'evt_1' },
      { client: 'web', key: 'key' },
      { event: 'evt_2' },
      { client: 'key', key: 'web' },
    ]
    const { results } = plan(
      onces.map((once, index) => ({ ...because(release), once, record: index < 2 ? never : record })),
      { ...stored(known), handled },
      settings,
    )
    expect(results.map(kinds)).toEqual(['duplicate', 'duplicate', ['unmoved'], ['unmoved']])
    expect(never).not.toHaveBeenCalled()
  })

  it('about an alias is about what it stands for; where that is not known, about nothing', () => {
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
    const { transitions, statements } = plan([because(byCharge)], loaded, settings)
    expect(transitions.map(({ id, seq }) => [id, seq])).toEqual([['pi_1', 2]])
    expect(statements.find((one) => tableOf(one) === 'instances')?.args.slice(0, 2)).toEqual([
      'payment',
      'pi_1',
    ])
    expect(plan([because(byCharge)], stored('payment:ch_1'), settings).results.map(kinds)).toEqual([
      ['unknown'],
    ])
    // An id that is its own is not looked through.
    const own = plan([because({ ...byCharge, isAlias: undefined } as never)], loaded, settings)
    expect(own.transitions).toEqual([])
  })
})

describe('a name', () => {
  const externalIds = new Map([['account:shop', 'acct_1']])

  it('that another carries stays with it, whoever begins with it', () => {
    const begin = (external_id: string, id?: string) => {
      const { statements } = plan(
        [because(beginning(external_id, id))],
        { ...stored('account:acct_2', 'account:acct_1'), externalIds },
        settings,
      )
      return statements.find((one) => tableOf(one) === 'instances')?.args[3]
    }
    expect(begin('shop')).toBeNull()
    expect(begin('other')).toBe('other')
    expect(begin('shop', 'acct_1')).toBe('shop')
  })

  it('that another carries is not given, and the other happenings go on', () => {
    const naming = (name: string): InstanceEvent =>
      ({ ...holdOf('acct_2'), event: { type: 'account.named', external_id: name } }) as InstanceEvent
    const { live } = accountLifecycle.begin({ ...INPUT, external_id: null }, beginning(null).event as never)
    const nameless = row('account', 'acct_2', live, { account: 'acct_2' })
    const of = (...events: InstanceEvent[]) =>
      plan([because(...events)], { ...stored(nameless), externalIds }, settings).results[0]
    expect(of(naming('shop'), holdOf('acct_2'))).toMatchObject({
      kind: 'applied',
      results: [{ kind: 'unmoved', why: 'external_id_taken' }, { kind: 'moved' }],
    })
    expect(kinds(of(naming('free')))).toEqual(['moved'])
    // Something else that happens to it does not claim the name, although it could begin with it.
    expect(
      kinds(of({ ...holdOf('acct_2'), begin: { ...INPUT, external_id: 'shop' } } as InstanceEvent)),
    ).toEqual(['moved'])
  })
})

describe('an account', () => {
  const payoutRow = row('payout', 'po_1', aPayout())

  it('is told of its payout that moved, once, where it stands in the end, for the same reason', () => {
    const { transitions, results } = plan(
      [because(payoutHeard('in_transit', 200), payoutHeard('failed', 300))],
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

  it('is not told of what stayed, and need not be known', () => {
    const stale = plan([because(payoutHeard('paid', 1))], stored(known, payoutRow), settings)
    expect(stale.transitions).toEqual([])
    const alone = plan([because(payoutHeard('paid', 200))], stored('account:acct_1', payoutRow), settings)
    expect(alone.transitions.map(({ machine }) => machine)).toEqual(['payout'])
    expect(kinds(alone.results[0])).toEqual(['moved'])
  })

  it('that begins in the same arrival, after the payout, is told all the same', () => {
    const begun = plan(
      [because(payoutHeard('failed', 200), beginning(null, 'acct_1'))],
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

describe('beside the instance', () => {
  const observation = (charges: string[]) => ({
    payment: aPaymentTruth(),
    charges: { items: Object.fromEntries(charges.map((id) => [id, CHARGE])), all: true },
  })
  const begin = { id: 'pi_1', account: 'acct_1', external_id: null }

  it('only the ids that are new are written down as meaning it', () => {
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
      plan([because(heard)], stored(...rows), settings).statements.filter((one) => tableOf(one) === 'aliases')
    expect(aliases(row('payment', 'pi_1', live))).toEqual([insertAlias('ch_2', 'payment', 'pi_1')])
    expect(aliases('payment:pi_1')).toEqual(['ch_1', 'ch_2'].map((id) => insertAlias(id, 'payment', 'pi_1')))
  })

  it('an answer that pays a refresh owed ends all that are', () => {
    const { live } = accountLifecycle.begin(
      { ...INPUT, id: 'acct_1' },
      beginning(null, 'acct_1').event as never,
    )
    const owing = row('account', 'acct_1', live)
    const ends = (instanceEvent: InstanceEvent, of: Row) =>
      plan([because(instanceEvent)], stored(of), settings).statements.filter(({ sql }) =>
        sql.startsWith('UPDATE outbox'),
      )
    expect(ends(asked, owing)).toEqual([finishRefreshes('account', 'acct_1', NOW)])
    expect(ends(hold, owing)).toEqual([])
    expect(ends(asked, known)).toEqual([])
  })
})
