/** The situations an account holder can be in, told apart, each with who acts next and how. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account as lifecycle, accountBadge, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountFacts, AccountTruth, ExternalAccount } from '../../machines/account/facts.ts'
import type { Observation } from '../../machines/watermark.ts'
import { explainGate } from '../../src/accounts/explain.ts'
import { nextStep } from '../../src/accounts/next-step.ts'
import { riskItems } from '../../src/accounts/risk-items.ts'
import { anAccount, aTruth, due, SUPPORTED } from '../support/an-account.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

const LINK = { method: 'POST', href: '/v1/accounts/acct_1/onboarding_links' }
const DEADLINE = Date.UTC(2027, 0, 15) / 1000

const OFF = { charges_enabled: false, payouts_enabled: false }
const INACTIVE: Observation<AccountFacts>['capabilities'] = {
  items: { card_payments: 'inactive', transfers: 'inactive' },
  all: true,
}

function anAccountWith(truth: Partial<AccountTruth>, capabilities = INACTIVE): LiveAccount {
  return anAccount({ account: aTruth(truth), ...(capabilities && { capabilities }) })
}

function withLink(live: LiveAccount): LiveAccount {
  return lifecycle.step(live, { type: 'onboarding.link_minted', at: 1 }).live
}

const fresh = anAccountWith(
  { ...OFF, details_submitted: false, requirements: due({ currently_due: ['email'] }) },
  { items: {}, all: true },
)
const working: Observation<AccountFacts>['capabilities'] = {
  items: { card_payments: 'active', transfers: 'active' },
  all: true,
}
const APPEAL = 'interv_1.rejection_appeal.form'
const FORM = 'interv_1.credit_review.form'
const SUPPORT = 'interv_1.platform_concern.support'

/** Stripe checks one thing, and wants another by a deadline. */
const checkedAndAsked = (item: string) => ({
  ...OFF,
  disabled_reason: 'requirements.pending_verification',
  requirements: due({
    currently_due: [item],
    pending_verification: ['individual.id_number'],
    current_deadline: DEADLINE,
  }),
})
const transfersPending: Observation<AccountFacts>['capabilities'] = {
  items: { card_payments: 'active', transfers: 'pending' },
  all: true,
}

function held(live: LiveAccount): LiveAccount {
  return lifecycle.step(live, { type: 'operator.held', reason: 'looks odd', by: 'ops', at: 1 }).live
}

function aBank(status: string): ExternalAccount {
  return { object: 'bank_account', status, currency: 'usd', default_for_currency: true, instant: false }
}

describe('each situation', () => {
  it.for([
    ['never started', fresh, 'created', 'restricted', 'onboarding_not_started', 'merchant', LINK],
    ['left midway', withLink(fresh), 'started', 'restricted', 'onboarding_incomplete', 'merchant', LINK],
    [
      'waiting on Stripe',
      anAccountWith({
        ...OFF,
        disabled_reason: 'requirements.pending_verification',
        requirements: due({ pending_verification: ['individual.id_number'] }),
      }),
      'in_review',
      'in_review',
      'onboarding_in_review',
      'stripe',
      undefined,
    ],
    [
      'action needed',
      anAccountWith({
        ...OFF,
        disabled_reason: 'requirements.past_due',
        requirements: due({ past_due: ['email'], currently_due: ['email'], current_deadline: DEADLINE }),
      }),
      'restricted',
      'restricted',
      'requirements_past_due',
      'merchant',
      LINK,
    ],
    [
      'paused by Stripe, for Stripe to settle',
      anAccountWith({
        ...OFF,
        disabled_reason: 'other',
        requirements: due({ past_due: ['interv_1.supportability_rejection_appeal.support'] }),
      }),
      'suspended',
      'restricted',
      'account_suspended',
      'stripe',
      undefined,
    ],
    [
      'paused by Stripe, with something to answer',
      anAccountWith({
        ...OFF,
        disabled_reason: 'other',
        requirements: due({ past_due: ['interv_1.identity_verification.challenge'] }),
      }),
      'suspended',
      'restricted',
      'account_suspended',
      'merchant',
      LINK,
    ],
    [
      'rejected for good',
      anAccountWith({ ...OFF, disabled_reason: 'rejected.fraud' }),
      'rejected',
      'rejected',
      'account_rejected',
      'nobody',
      undefined,
    ],
    [
      'rejected with an appeal',
      anAccountWith({
        ...OFF,
        disabled_reason: 'rejected.other',
        requirements: due({ currently_due: [APPEAL] }),
      }),
      'rejected',
      'rejected',
      'account_rejected',
      'merchant',
      LINK,
    ],
  ] as const)(
    '%s: closes the charge gate and says who acts',
    ([, live, state, badge, code, actor, remedy]) => {
      expect(live.value['onboarding']).toBe(state)
      expect(accountBadge(live)).toBe(badge)
      const [first] = explainGate('charge', live).blockers
      expect(first).toMatchObject({ code, region: 'onboarding', state, actor })
      expect(first?.remedy).toEqual(remedy)
      expect(first?.detail).toMatch(/\.$/)
    },
  )

  it('ready: every gate is open', () => {
    const live = anAccount()
    expect(live.value['onboarding']).toBe('enabled')
    expect(
      ['charge', 'refund', 'payout', 'onboard'].filter((gate) => !explainGate(gate as 'charge', live).open),
    ).toEqual([])
  })

  it.for([
    ['never_started', fresh, 'merchant'],
    ['left_midway', withLink(fresh), 'merchant'],
    ['waiting_on_stripe', anAccountWith({ ...OFF, disabled_reason: 'under_review' }), 'stripe'],
    ['waiting_on_stripe', anAccountWith({ ...OFF, disabled_reason: 'listed' }), 'stripe'],
    ['action_needed', anAccountWith(checkedAndAsked(FORM)), 'merchant'],
    ['waiting_on_stripe', anAccountWith(checkedAndAsked(SUPPORT)), 'stripe'],
    [
      'action_needed',
      anAccountWith({ requirements: checkedAndAsked(FORM).requirements }, transfersPending),
      'merchant',
    ],
    ['action_needed', anAccountWith({ ...OFF, requirements: due({ past_due: ['email'] }) }), 'merchant'],
    [
      'action_needed',
      anAccountWith({ requirements: due({ currently_due: ['email'], current_deadline: DEADLINE }) }, working),
      'merchant',
    ],
    ['action_needed', anAccountWith({ requirements: due({ past_due: ['email'] }) }, working), 'merchant'],
    ['action_needed', anAccountWith({ ...OFF, requirements: due({ currently_due: ['email'] }) }), 'merchant'],
    ['waiting_on_stripe', anAccountWith(OFF), 'stripe'],
    ['paused_by_stripe', anAccountWith({ ...OFF, disabled_reason: 'other' }), 'stripe'],
    ['paused_by_stripe', anAccountWith({ ...OFF, disabled_reason: 'a reason of tomorrow' }), 'stripe'],
    ['paused_by_stripe', anAccountWith({ disabled_reason: 'other' }, working), 'stripe'],
    ['rejected', anAccountWith({ ...OFF, disabled_reason: 'rejected.listed' }), 'nobody'],
    ['ready', anAccount(), 'nobody'],
    ['ready', anAccount({ account: aTruth({ requirements: due({ eventually_due: ['email'] }) }) }), 'nobody'],
    [
      'payouts_stopped',
      anAccount({ external_accounts: { items: { ba_1: aBank('errored') }, all: true } }),
      'merchant',
    ],
    ['payouts_stopped', anAccount({ account: aTruth({ payouts_enabled: false }) }), 'stripe'],
    ['on_hold', held(anAccount()), 'operator'],
    ['never_started', held(fresh), 'merchant'],
    [
      'action_needed',
      anAccount({ account: aTruth({ requirements: due({ currently_due: [FORM] }) }) }),
      'merchant',
    ],
    [
      'waiting_on_stripe',
      anAccount({ account: aTruth({ requirements: due({ currently_due: [SUPPORT] }) }) }),
      'stripe',
    ],
    [
      'waiting_on_stripe',
      anAccount({
        account: aTruth({ requirements: due({ currently_due: [SUPPORT], current_deadline: DEADLINE }) }),
      }),
      'stripe',
    ],
    ['disconnected', anAccount({ connection: 'disconnected' }), 'merchant'],
    ['unsupported', anAccount({ controller: { ...SUPPORTED, losses: 'application' } }), 'platform'],
  ] as const)('is %s', ([situation, live, actor]) => {
    expect(nextStep(live)).toMatchObject({ situation, actor })
  })

  it('names what is asked for, not what is being checked, where Stripe wants more meanwhile', () => {
    const [first] = explainGate('charge', anAccountWith(checkedAndAsked(FORM))).blockers
    expect(first).toMatchObject({ requirements: [FORM], deadline: '2027-01-15T00:00:00.000Z', remedy: LINK })
    expect(first?.detail).not.toContain('Nobody')
  })

  it('names what is needed and by when while everything still works', () => {
    const soon = anAccountWith(
      { requirements: due({ currently_due: ['email'], current_deadline: DEADLINE }) },
      working,
    )
    expect(explainGate('charge', soon).open).toBe(true)
    expect(nextStep(soon)).toMatchObject({
      requirements: ['email'],
      deadline: '2027-01-15T00:00:00.000Z',
      remedy: LINK,
    })
  })
})

it('calls ready only what may be charged and paid out, and asks nothing', () => {
  const accounts = [
    anAccount(),
    held(anAccount()),
    fresh,
    anAccount({ account: aTruth({ payouts_enabled: false }) }),
  ]
  for (const live of accounts) {
    const open = (['charge', 'payout'] as const).every((gate) => explainGate(gate, live).open)
    expect(nextStep(live).situation === 'ready').toBe(open)
  }
})

it('asks nothing of a rejected account but what its appeal takes', () => {
  const left = ['business_profile.url', 'individual.dob.day']
  const rejected = (items: string[]) =>
    anAccountWith({ ...OFF, disabled_reason: 'rejected.other', requirements: due({ currently_due: items }) })
  expect(nextStep(rejected(left))).not.toHaveProperty('requirements')
  expect(nextStep(rejected([...left, APPEAL])).requirements).toEqual([APPEAL])
})

describe('risk items', () => {
  it.for([
    ['interv_1.credit_review.form', 'form', 'merchant'],
    ['interv_1.identity_verification.challenge', 'challenge', 'merchant'],
    ['interv_1.platform_concern.support', 'support', 'stripe'],
  ] as const)('%s is answered by %s, so that %s acts', ([requirement, path, actor]) => {
    const live = anAccountWith({
      ...OFF,
      disabled_reason: 'other',
      requirements: due({ past_due: [requirement] }),
    })
    expect(riskItems(live.context.facts.account?.value)).toMatchObject([
      { requirement, path, description: requirement.split('.')[1] },
    ])
    expect(explainGate('charge', live).blockers[0]).toMatchObject({ actor, requirements: [requirement] })
  })

  it('are told from other requirements, and kept when the way is not known', () => {
    const requirements = due({ currently_due: ['email', 'interv_1.reserve_appeal.telepathy'] })
    expect(riskItems(aTruth({ requirements }))).toMatchObject([{ description: 'reserve_appeal', path: null }])
  })

  it('open a rejected account’s onboarding only by a form or a challenge', () => {
    const rejectedWith = (item: string) =>
      anAccountWith({
        ...OFF,
        disabled_reason: 'rejected.other',
        requirements: due({ currently_due: [item] }),
      })
    const opens = (item: string) => explainGate('onboard', rejectedWith(item)).open
    expect(
      ['form', 'challenge', 'support'].map((path) => opens(`interv_1.rejection_appeal.${path}`)),
    ).toEqual([true, true, false])
    expect(opens('email')).toBe(false)
  })
})

describe('as Stripe tells it', () => {
  let database: TestDatabase
  let gatehouse: Gatehouse
  beforeAll(async () => {
    database = await startDatabase()
    gatehouse = await startGatehouse(database)
  })
  afterAll(() => database.stop())

  it('passes through every situation, and each is told apart', async () => {
    const { call, sim, settle } = gatehouse
    const created = await call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
    const account: string = created.body['id']
    const observation: string[] = []
    const look = async () => {
      await settle()
      const { body } = await call('GET', `/v1/accounts/${account}/status`)
      observation.push(body['next_step'].situation)
    }
    const move = (name: string, more: object = {}) =>
      sim('POST', `/_sim/accounts/${account}/move`, { move: name, ...more })

    await look()
    await call('POST', `/v1/accounts/${account}/onboarding_links`, {
      body: { return_to: 'https://app.example.com' },
    })
    await look()
    await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'in_review' })
    await look()
    await move('enabled')
    await look()
    await move('requirements_due')
    await look()
    await move('requirements_past_due')
    await look()
    await move('paused')
    await look()
    await move('rejected')
    await look()
    await move('rejected_with_appeal')
    await look()
    await move('enabled')
    await look()
    await sim('POST', `/_sim/accounts/${account}/deauthorize`)
    await look()
    expect(observation).toEqual([
      'never_started',
      'left_midway',
      'waiting_on_stripe',
      'ready',
      'action_needed',
      'action_needed',
      'paused_by_stripe',
      'rejected',
      'rejected',
      'ready',
      'disconnected',
    ])
  })
})
