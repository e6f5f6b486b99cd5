/** The gates over every combination of the facts they depend on, and the blockers of a refusal. */
import { beforeAll, describe, expect, it } from 'vitest'
import { account, accountBlockers, type LiveAccount } from '../../machines/account/account.ts'
import type { Gate } from '../../machines/gates.ts'
import { anAccount, aTruth, due, SUPPORTED } from '../support/an-account.ts'

const DOMAIN = {
  connected: [true, false],
  held: [true, false],
  charges_enabled: [true, false],
  payouts_enabled: [true, false],
  details_submitted: [true, false],
  capability: ['active', 'inactive', 'pending', 'unrequested', 'unheard_of'],
  reason: [null, 'requirements.past_due', 'under_review', 'other', 'rejected.fraud', 'unheard_of'],
} as const

type Case = { [K in keyof typeof DOMAIN]: (typeof DOMAIN)[K][number] }

/** Every combination of the values. */
const CASES = Object.entries(DOMAIN).reduce<Record<string, unknown>[]>(
  (cases, [name, values]) => cases.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
  [{}],
) as Case[]

function inCase({ connected, held, capability, reason, ...truth }: Case): LiveAccount {
  const live = anAccount({
    connection: connected ? 'connected' : 'disconnected',
    account: aTruth({
      ...truth,
      disabled_reason: reason,
      requirements: due({
        currently_due: ['business_profile.url'],
        eventually_due: ['business_profile.url'],
      }),
    }),
    capabilities: { items: { card_payments: capability }, all: true },
  })
  return held ? account.step(live, { type: 'operator.held', reason: 'r', by: 'b', at: 1 }).live : live
}

const isOpen = (gate: Gate, live: LiveAccount) => accountBlockers(gate, live).length === 0

describe(`over ${CASES.length} combinations of facts`, () => {
  let lives: { one: Case; live: LiveAccount }[] = []
  beforeAll(() => {
    lives = CASES.map((one) => ({ one, live: inCase(one) }))
  })

  /** The combinations in which a gate is wrong. */
  const wrongly = (gate: Gate, may: (one: Case) => boolean) =>
    lives.flatMap(({ one, live }) => (isOpen(gate, live) === may(one) ? [] : [one]))

  it('the charge gate is open exactly if the account is connected, enabled by Stripe, and not rejected, held or paused for an unknown reason', () => {
    const wrong = wrongly(
      'charge',
      ({ connected, held, charges_enabled, capability, reason }) =>
        connected &&
        !held &&
        charges_enabled &&
        capability === 'active' &&
        reason !== 'rejected.fraud' &&
        reason !== 'unheard_of',
    )
    expect(wrong).toEqual([])
  })

  it('the refund gate is open exactly if the account is connected', () => {
    expect(wrongly('refund', ({ connected }) => connected)).toEqual([])
  })

  it('the payout gate is open exactly if payouts are on and the account is connected, not held and not paused for an unknown reason', () => {
    const wrong = wrongly(
      'payout',
      ({ connected, held, payouts_enabled, reason }) =>
        connected && !held && payouts_enabled && reason !== 'unheard_of',
    )
    expect(wrong).toEqual([])
  })

  it('the onboard gate is open exactly if the account is connected and not rejected', () => {
    expect(wrongly('onboard', ({ connected, reason }) => connected && reason !== 'rejected.fraud')).toEqual(
      [],
    )
  })
})

describe('the charge gate', () => {
  it('stays open whatever is currently or eventually due, and while payouts are off', () => {
    const requirements = due({
      currently_due: ['business_profile.url'],
      eventually_due: ['individual.id_number'],
      current_deadline: 999,
    })
    expect(isOpen('charge', anAccount({ account: aTruth({ requirements, payouts_enabled: false }) }))).toBe(
      true,
    )
  })

  it.each([
    ['the dashboard', { ...SUPPORTED, dashboard: 'express' }],
    ['the fee payer', { ...SUPPORTED, fees_payer: 'application' }],
    ['the bearer of losses', { ...SUPPORTED, losses: 'application' }],
    ['the collector of requirements', { ...SUPPORTED, requirement_collection: 'application' }],
    ['an unknown value', { ...SUPPORTED, dashboard: 'unheard_of' }],
  ])('is closed to another shape of account, by %s', (_, controller) => {
    expect(accountBlockers('charge', anAccount({ controller }))).toMatchObject([
      { code: 'account_unsupported', actor: 'platform' },
    ])
  })

  it('is open for an account that controls itself, which has this shape by definition', () => {
    const own = {
      dashboard: null,
      fees_payer: null,
      losses: null,
      requirement_collection: null,
      type: 'account',
      is_controller: false,
    }
    expect(isOpen('charge', anAccount({ controller: own }))).toBe(true)
  })
})

describe('the actor of a blocker', () => {
  it('is the merchant, with a new onboarding link, if something is past due', () => {
    const requirements = due({ past_due: ['business_profile.url'], currently_due: ['business_profile.url'] })
    const live = anAccount({ account: aTruth({ charges_enabled: false, requirements }) })
    expect(accountBlockers('charge', live)[0]).toEqual({
      code: 'requirements_past_due',
      region: 'onboarding',
      state: 'restricted',
      actor: 'merchant',
      remedy: 'onboarding_link',
    })
  })

  it('is Stripe if everything due waits for Stripe’s support', () => {
    const requirements = due({ past_due: ['interv_1.credit_review.support'] })
    const live = anAccount({ account: aTruth({ charges_enabled: false, requirements }) })
    expect(accountBlockers('charge', live).map(({ actor }) => actor)).toEqual(['stripe', 'stripe'])
  })

  it('is nobody for a rejected account, until an appeal is open', () => {
    const rejected = { disabled_reason: 'rejected.other', charges_enabled: false }
    expect(accountBlockers('onboard', anAccount({ account: aTruth(rejected) }))).toMatchObject([
      { code: 'account_rejected', actor: 'nobody' },
    ])
    const requirements = due({ currently_due: ['interv_1.rejection_appeal.form'] })
    const appealing = anAccount({ account: aTruth({ ...rejected, requirements }) })
    expect(accountBlockers('onboard', appealing)).toEqual([])
    expect(accountBlockers('charge', appealing)[0]).toMatchObject({
      code: 'account_rejected',
      actor: 'merchant',
    })
  })

  it('is an operator for a held account', () => {
    const { live } = account.step(anAccount(), { type: 'operator.held', reason: 'r', by: 'b', at: 1 })
    expect(accountBlockers('charge', live)).toEqual([
      { code: 'operator_hold', region: 'hold', state: 'held', actor: 'operator', remedy: 'release' },
    ])
  })
})
