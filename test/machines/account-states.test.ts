/** The state that each region of an account derives from the facts. */
import { getShortestPaths } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { account, accountBadge } from '../../machines/account/account.ts'
import type { AccountEvent } from '../../machines/account/events.ts'
import type { AccountFacts } from '../../machines/account/facts.ts'
import { accountMachine } from '../../machines/account/machine.ts'
import type { Observation } from '../../machines/watermark.ts'
import { anAccount, aTruth, due, seconds, seenWhole } from '../support/an-account.ts'
import { aFailedPayout } from '../support/a-payout.ts'

const onboardingOf = (observation: Observation<AccountFacts>) => anAccount(observation).value['onboarding']
const withReason = (disabled_reason: string) => ({ account: aTruth({ disabled_reason }) })

describe('onboarding', () => {
  it.each([
    ['rejected.fraud', 'rejected'],
    ['rejected.platform_terms_of_service', 'rejected'],
    ['rejected.something_stripe_adds_tomorrow', 'rejected'],
    ['under_review', 'in_review'],
    ['listed', 'in_review'],
    ['requirements.pending_verification', 'in_review'],
    ['other', 'suspended'],
    ['platform_paused', 'suspended'],
    ['something_stripe_adds_tomorrow', 'suspended'],
    ['requirements.past_due', 'restricted'],
  ])('reads a disabled_reason of %s as %s', (reason, state) => {
    expect(onboardingOf(withReason(reason))).toBe(state)
  })

  it('is created until a link is minted, and then started, while details are not submitted', () => {
    const created = anAccount({ account: aTruth({ details_submitted: false, charges_enabled: false }) })
    expect(created.value['onboarding']).toBe('created')
    expect(account.step(created, { type: 'onboarding.link_minted', at: 1 }).live.value['onboarding']).toBe(
      'started',
    )
  })

  it('is restricted while something is past due, even if charges stay on', () => {
    expect(
      onboardingOf({ account: aTruth({ requirements: due({ past_due: ['business_profile.url'] }) }) }),
    ).toBe('restricted')
  })

  it('is in review while card payments or transfers are pending', () => {
    const pending = { items: { card_payments: 'active', transfers: 'pending' }, all: true }
    expect(onboardingOf({ capabilities: pending })).toBe('in_review')
  })

  it('is restricted soon if something is due by a deadline, and enabled if there is no deadline', () => {
    const soon = due({ currently_due: ['business_profile.url'], current_deadline: 200 })
    expect(onboardingOf({ account: aTruth({ requirements: soon }) })).toBe('restricted_soon')
    const someDay = due({ currently_due: ['business_profile.url'], eventually_due: ['business_profile.url'] })
    expect(onboardingOf({ account: aTruth({ requirements: someDay }) })).toBe('enabled')
  })

  it('is restricted if Stripe has turned charges off without a reason', () => {
    expect(onboardingOf({ account: aTruth({ charges_enabled: false }) })).toBe('restricted')
  })

  it('leaves rejected when Stripe reinstates the account', () => {
    const rejected = anAccount(withReason('rejected.other'))
    const back = account.step(rejected, {
      type: 'stripe.observed',
      as_of: seconds(101),
      observation: { account: aTruth() },
    })
    expect(back.live.value['onboarding']).toBe('enabled')
  })
})

describe('charges', () => {
  it.each([
    ['active', 'active'],
    ['pending', 'pending'],
    ['inactive', 'inactive'],
    ['unrequested', 'unrequested'],
    ['disabled', 'inactive'],
    ['something_stripe_adds_tomorrow', 'inactive'],
  ])('reads a card_payments capability that is %s as %s', (status, state) => {
    expect(
      anAccount({ capabilities: { items: { card_payments: status }, all: true } }).value['charges'],
    ).toBe(state)
  })

  it('reads a capability that Stripe does not list as unrequested', () => {
    expect(anAccount({ capabilities: { items: {}, all: true } }).value['charges']).toBe('unrequested')
  })
})

describe('payouts', () => {
  const bank = (status: string | null) => ({
    items: {
      ba_1: { object: 'bank_account', status, currency: 'usd', default_for_currency: true, instant: false },
    },
    all: true,
  })
  const observation = (second: number, what: Observation<AccountFacts>) =>
    ({ type: 'stripe.observed', as_of: seconds(second), observation: what }) as const

  it('is off while payouts_enabled is false', () => {
    expect(anAccount({ account: aTruth({ payouts_enabled: false }) }).value['payouts']).toBe('off')
  })

  it.each([['new'], ['validated'], ['verified'], [null]])(
    'is on with a bank account that is %s',
    (status) => {
      expect(anAccount({ external_accounts: bank(status) }).value['payouts']).toBe('on')
    },
  )

  it.each([['errored'], ['verification_failed'], ['something_stripe_adds_tomorrow']])(
    'is failing with a bank account that is %s, though payouts_enabled stays true',
    (status) => {
      expect(anAccount({ external_accounts: bank(status) }).value['payouts']).toBe('failing')
    },
  )

  it('is failing after a failed payout, until the bank account is observed as usable after it', () => {
    const broken = account.step(
      anAccount({ external_accounts: bank('new') }),
      aFailedPayout({ failed_at: 110 }),
    ).live
    expect(broken.value['payouts']).toBe('failing')
    expect(
      account.step(broken, observation(120, { external_accounts: bank('new') })).live.value['payouts'],
    ).toBe('on')
  })

  it('stays failing if the bank account is observed in the second of the failure', () => {
    const broken = account.step(
      anAccount({ external_accounts: bank('new') }),
      aFailedPayout({ failed_at: 110 }),
    ).live
    expect(
      account.step(broken, observation(110, { external_accounts: bank('new') })).live.value['payouts'],
    ).toBe('failing')
  })

  describe('that failed in second 110 owe a refresh, which', () => {
    const broken = account.step(
      anAccount({ external_accounts: bank('new') }),
      aFailedPayout({ failed_at: 110 }),
    ).live
    const answered = (from: number, to: number, isOwed: boolean) => {
      const asked = { seq: broken.context.seq, at: to * 1000, isOwed }
      return account.step(broken, {
        ...observation(to, { account: aTruth(), external_accounts: bank('new') }),
        as_of: { from, to },
        asked,
      })
    }

    it.each([
      ['an answer newer than the failure pays', 111, 111, false, { owes: false, state: 'on', effects: [] }],
      [
        'an answer of the failure’s second does not pay',
        110,
        111,
        false,
        { owes: true, state: 'failing', effects: [] },
      ],
      [
        'an answer older than the failure does not pay',
        108,
        109,
        false,
        { owes: true, state: 'failing', effects: [] },
      ],
      ['the refresh itself pays', 112, 112, true, { owes: false, state: 'on', effects: [] }],
      [
        'the refresh itself does not pay in the failure’s second: another follows',
        110,
        111,
        true,
        { owes: true, state: 'failing', effects: [{ kind: 'refresh', after_ms: 2000 }] },
      ],
      [
        'the refresh itself pays if the failure is ahead of Stripe’s clock',
        108,
        109,
        true,
        { owes: false, state: 'failing', effects: [] },
      ],
    ])('%s', (_, from, to, isOwed, { owes, state, effects }) => {
      const step = answered(from, to, isOwed)
      expect(step.live.value['payouts']).toBe(state)
      expect(step.live.context.owes_refresh).toBe(owes)
      expect(step.kind === 'moved' ? step.effects : []).toEqual(effects)
    })
  })
})

describe('hold', () => {
  const held = { type: 'operator.held', reason: 'chargebacks', by: 'ops', at: 5 } as const

  it('is set and released by operators, and refuses to be set twice', () => {
    const taken = account.step(anAccount(), held)
    expect(taken.live.value['hold']).toBe('held')
    expect(account.step(taken.live, held)).toMatchObject({ kind: 'unmoved', why: 'refused' })
    const released = account.step(taken.live, {
      type: 'operator.released',
      reason: 'resolved',
      by: 'ops',
      at: 6,
    })
    expect(released.live).toMatchObject({ value: { hold: 'none' }, context: { hold: null } })
  })
})

describe('the clock', () => {
  const withDeadline = anAccount({
    account: aTruth({ requirements: due({ currently_due: ['x'], current_deadline: 200 }) }),
  })

  it('wakes an account at its deadline once, to ask Stripe', () => {
    expect(account.wakeAt(withDeadline)).toBe(200_000)
    expect(account.step(withDeadline, { type: 'clock.reached', at: 199_999 })).toMatchObject({
      kind: 'unmoved',
      why: 'refused',
    })
    const woken = account.step(withDeadline, { type: 'clock.reached', at: 200_000 })
    expect(woken).toMatchObject({ kind: 'moved', effects: [{ kind: 'refresh' }] })
    expect(account.wakeAt(woken.live)).toBeNull()
  })

  it('wakes an account at the deadline of future requirements too, each in turn', () => {
    const { errors: _, ...future } = due({ currently_due: ['y'], current_deadline: 300 })
    const both = anAccount({
      account: aTruth({ requirements: due({ current_deadline: 200 }), future_requirements: future }),
    })
    expect(account.wakeAt(both)).toBe(200_000)
    const { live } = account.step(both, { type: 'clock.reached', at: 200_000 })
    expect(account.wakeAt(live)).toBe(300_000)
  })
})

describe('the account statechart', () => {
  it('reaches each of its states', () => {
    const looks = [
      seenWhole(),
      seenWhole({ connection: 'disconnected' }),
      ...['rejected.fraud', 'other', 'under_review', 'requirements.past_due'].map((reason) =>
        seenWhole(withReason(reason)),
      ),
      seenWhole({ account: aTruth({ details_submitted: false, payouts_enabled: false }) }),
      seenWhole({ account: aTruth({ requirements: due({ currently_due: ['x'], current_deadline: 9 }) }) }),
      ...['inactive', 'pending', 'unrequested'].map((status) =>
        seenWhole({ capabilities: { items: { card_payments: status }, all: true } }),
      ),
    ]
    const events: AccountEvent[] = [
      ...looks.map((observation) => ({
        type: 'stripe.observed' as const,
        as_of: seconds(1),
        asked: { seq: 0, at: 1 },
        observation,
      })),
      aFailedPayout(),
      { type: 'onboarding.link_minted', at: 1 },
      { type: 'operator.held', reason: 'r', by: 'b', at: 1 },
      { type: 'operator.released', reason: 'r', by: 'b', at: 1 },
    ]
    const paths = getShortestPaths(accountMachine, {
      input: { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null },
      events,
      serializeState: ({ value }) => JSON.stringify(value),
    })
    const reached = new Set(
      paths.flatMap(({ state }) => Object.entries(state.value).map(([region, name]) => `${region}.${name}`)),
    )
    const declared = Object.entries(accountMachine.states).flatMap(([region, { states }]) =>
      Object.keys(states).map((state) => `${region}.${state}`),
    )
    expect([...reached].sort()).toEqual(declared.sort())
  })

  it('gives every account a badge of Stripe’s Dashboard', () => {
    expect(accountBadge(anAccount())).toBe('enabled')
    expect(accountBadge(anAccount({ connection: 'disconnected' }))).toBe('disconnected')
    expect(accountBadge(anAccount(withReason('other')))).toBe('restricted')
    expect(accountBadge(anAccount(withReason('rejected.fraud')))).toBe('rejected')
  })
})
