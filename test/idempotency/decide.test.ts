import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, V1_KEYS, type Decision, type KeyPolicy, type Search } from '../../src/idempotency/decide.ts'
import type { FailedCall, StripeFailure } from '../../src/stripe/errors.ts'
import { runs, SEED } from '../support/runs.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NOW = Date.UTC(2026, 0, 1)

/** As Stripe's API v2 promises: keys are kept for 30 days, a failed request executes again, and lists lag. */
const V2_KEYS: KeyPolicy = {
  keptMs: 30 * DAY_MS,
  settledMs: 2 * MINUTE_MS,
  storesFailures: false,
  listsAreCurrent: false,
}

/** How long ago the key was first sent, and how long ago its last lost send was. */
interface Ages {
  sent: number | null
  lost: number
}

const NEVER_SENT: Ages = { sent: null, lost: 0 }
const SENT_JUST_NOW: Ages = { sent: MINUTE_MS, lost: MINUTE_MS }

function decideOn(
  { sent, lost }: Ages,
  on: { search: Search; failure?: FailedCall | null; policy: KeyPolicy },
): Decision {
  return decide({
    attempt: { firstSentAt: sent === null ? null : NOW - sent, lostAt: NOW - lost },
    search: on.search,
    failure: on.failure ?? null,
    policy: on.policy,
    now: NOW,
  })
}

function failed(failure: StripeFailure, replayed = false): FailedCall {
  return { failure, requestId: 'req_1', headers: {}, replayed }
}

const REFUSED = { kind: 'refused', status: 400, code: null, param: null, message: 'no' } as const

/** Failures that leave no object behind, and whose reason may lie with the account. */
const BECAUSE_OF_THE_ACCOUNT = {
  'a refusal without a parameter': REFUSED,
  'a refusal for an inactive capability': {
    ...REFUSED,
    code: 'capability_not_active',
    param: 'payment_method_types',
  },
  'a refusal of access': { kind: 'no_access', message: 'no' },
  'a 403': { kind: 'misconfigured', status: 403, message: 'no' },
} satisfies Record<string, StripeFailure>

/** Failures that the same key can still get past, or that the client must see. */
const ANSWERS = {
  'a decline': {
    kind: 'declined',
    code: 'card_declined',
    declineCode: null,
    message: 'no',
    paymentIntent: null,
  },
  'a refusal of a parameter': { ...REFUSED, param: 'amount' },
  'a 401': { kind: 'misconfigured', status: 401, message: 'no' },
  'a key in use': { kind: 'in_use' },
  'a rate limit': { kind: 'rate_limited', retryAfterS: 2 },
  'a lost answer': { kind: 'unavailable', answered: false, message: 'no answer' },
} satisfies Record<string, StripeFailure>

const SERVER_ERROR: StripeFailure = { kind: 'unavailable', answered: true, message: 'a 500' }
const KEY_REUSED: StripeFailure = { kind: 'key_reused' }

describe('before a send', () => {
  it.each<[string, Ages, Search, { v1: Decision; v2: Decision }]>([
    ['a key that was never sent', NEVER_SENT, 'not_searched', { v1: 'send', v2: 'send' }],
    ['a key that was just lost', SENT_JUST_NOW, 'not_searched', { v1: 'resend', v2: 'resend' }],
    [
      'a key of almost 23 hours',
      { sent: 23 * HOUR_MS - 1, lost: MINUTE_MS },
      'not_searched',
      { v1: 'resend', v2: 'resend' },
    ],
    [
      'a key of 23 hours, lost again less than two minutes ago',
      { sent: 23 * HOUR_MS, lost: 2 * MINUTE_MS - 1 },
      'not_searched',
      { v1: 'wait', v2: 'resend' },
    ],
    [
      'a key of 23 hours, lost two minutes ago',
      { sent: 23 * HOUR_MS, lost: 2 * MINUTE_MS },
      'not_searched',
      { v1: 'find', v2: 'resend' },
    ],
    [
      'a key of 23 hours whose object is not listed',
      { sent: 23 * HOUR_MS, lost: 2 * MINUTE_MS },
      'absent',
      { v1: 'renew', v2: 'resend' },
    ],
    [
      'a key of 30 days, lost again less than two minutes ago',
      { sent: 30 * DAY_MS, lost: MINUTE_MS },
      'not_searched',
      { v1: 'wait', v2: 'wait' },
    ],
    ['a key of 30 days', { sent: 30 * DAY_MS, lost: HOUR_MS }, 'not_searched', { v1: 'find', v2: 'find' }],
    [
      'a key of 30 days whose object is not listed',
      { sent: 30 * DAY_MS, lost: HOUR_MS },
      'absent',
      { v1: 'renew', v2: 'wait' },
    ],
  ])('%s', (_, ages, search, expected) => {
    expect({
      v1: decideOn(ages, { search, policy: V1_KEYS }),
      v2: decideOn(ages, { search, policy: V2_KEYS }),
    }).toEqual(expected)
  })
})

describe('after a send that failed', () => {
  const SETTLED: Ages = { sent: HOUR_MS, lost: 2 * MINUTE_MS }
  const UNSETTLED: Ages = { sent: HOUR_MS, lost: 2 * MINUTE_MS - 1 }

  it.each<
    [string, StripeFailure, Ages, { replayed: boolean; search: Search }, { v1: Decision; v2: Decision }]
  >([
    [
      'a 500 may have made the object',
      SERVER_ERROR,
      NEVER_SENT,
      { replayed: false, search: 'not_searched' },
      { v1: 'find', v2: 'refuse' },
    ],
    [
      'a 500 without an object, while an earlier send may run',
      SERVER_ERROR,
      UNSETTLED,
      { replayed: false, search: 'absent' },
      { v1: 'refuse', v2: 'refuse' },
    ],
    [
      'a 500 without an object, after every earlier send has ended',
      SERVER_ERROR,
      SETTLED,
      { replayed: false, search: 'absent' },
      { v1: 'renew', v2: 'refuse' },
    ],
    [
      'a replayed 500 may have made the object',
      SERVER_ERROR,
      NEVER_SENT,
      { replayed: true, search: 'not_searched' },
      { v1: 'find', v2: 'refuse' },
    ],
    [
      'a replayed 500 without an object',
      SERVER_ERROR,
      NEVER_SENT,
      { replayed: true, search: 'absent' },
      { v1: 'renew', v2: 'refuse' },
    ],
    [
      'a key with other parameters may have made the object',
      KEY_REUSED,
      SETTLED,
      { replayed: false, search: 'not_searched' },
      { v1: 'find', v2: 'find' },
    ],
    [
      'a key with other parameters and without an object, while an earlier send may run',
      KEY_REUSED,
      UNSETTLED,
      { replayed: false, search: 'absent' },
      { v1: 'refuse', v2: 'refuse' },
    ],
    [
      'a key with other parameters and without an object, after every earlier send has ended',
      KEY_REUSED,
      SETTLED,
      { replayed: false, search: 'absent' },
      { v1: 'renew', v2: 'refuse' },
    ],
  ])('%s', (_, failure, ages, { replayed, search }, expected) => {
    expect({
      v1: decideOn(ages, { search, failure: failed(failure, replayed), policy: V1_KEYS }),
      v2: decideOn(ages, { search, failure: failed(failure, replayed), policy: V2_KEYS }),
    }).toEqual(expected)
  })

  it.each(Object.entries(BECAUSE_OF_THE_ACCOUNT))(
    '%s is the answer; replayed, it is renewed',
    (_, failure) => {
      for (const policy of [V1_KEYS, V2_KEYS]) {
        const on = { search: 'not_searched', policy } as const
        expect(decideOn(UNSETTLED, { ...on, failure: failed(failure) })).toBe('refuse')
        expect(decideOn(UNSETTLED, { ...on, failure: failed(failure, true) })).toBe('renew')
      }
    },
  )

  it.each(Object.entries(ANSWERS))('%s is returned to the client: no search, no new key', (_, failure) => {
    for (const policy of [V1_KEYS, V2_KEYS]) {
      for (const replayed of [false, true]) {
        const on = { search: 'not_searched', policy, failure: failed(failure, replayed) } as const
        expect(decideOn(SETTLED, on)).toBe('refuse')
      }
    }
  })
})

describe('whatever the inputs', () => {
  const ms = fc.integer({ min: 0, max: 40 * DAY_MS })
  const failures = { ...BECAUSE_OF_THE_ACCOUNT, ...ANSWERS, SERVER_ERROR, KEY_REUSED }
  const situation = fc.record({
    ages: fc.record({ sent: fc.option(ms), lost: fc.oneof(ms, fc.integer({ min: 0, max: 5 * MINUTE_MS })) }),
    search: fc.constantFrom<Search>('not_searched', 'absent'),
    failure: fc.option(
      fc.record({ name: fc.constantFrom(...Object.keys(failures)), replayed: fc.boolean() }),
      { freq: 1 },
    ),
    policy: fc.record({
      keptMs: fc.constantFrom(V1_KEYS.keptMs, V2_KEYS.keptMs),
      settledMs: fc.constantFrom(V1_KEYS.settledMs, HOUR_MS),
      storesFailures: fc.boolean(),
      listsAreCurrent: fc.boolean(),
    }),
  })
  type Situation = typeof situation extends fc.Arbitrary<infer S> ? S : never

  function decisionOn({ ages, failure, ...on }: Situation): Decision {
    const call = failure && failed(failures[failure.name as keyof typeof failures], failure.replayed)
    return decideOn(ages, { ...on, failure: call })
  }
  function assertAlways(holds: (situation: Situation, decision: Decision) => boolean): void {
    fc.assert(
      fc.property(situation, (on) => holds(on, decisionOn(on))),
      { seed: SEED, numRuns: runs(5_000, 200_000) },
    )
  }

  it('a new key is used only if the old one made nothing', () => {
    assertAlways(({ search, policy, failure }, decision) => {
      if (decision !== 'renew') return true
      const isProvenAbsent = search === 'absent' && policy.listsAreCurrent
      return isProvenAbsent || (failure !== null && failure.name in BECAUSE_OF_THE_ACCOUNT)
    })
  })

  it('nothing is sent while an earlier send may run under a forgotten key', () => {
    assertAlways(({ ages, policy, failure }, decision) => {
      const isForgotten = ages.sent !== null && ages.sent >= policy.keptMs
      const mayRun = ages.lost < policy.settledMs && !failure?.replayed
      return !(isForgotten && mayRun) || !['send', 'resend', 'renew'].includes(decision)
    })
  })

  it('a forgotten key is not sent again', () => {
    assertAlways(({ ages, policy }, decision) => {
      const isForgotten = ages.sent !== null && ages.sent >= policy.keptMs
      return !isForgotten || (decision !== 'send' && decision !== 'resend')
    })
  })

  it('one search is enough', () => {
    assertAlways(({ search }, decision) => search === 'not_searched' || decision !== 'find')
  })
})
