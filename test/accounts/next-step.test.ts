/** The situation of an account: one word for it, who acts next, and how. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account as lifecycle, type LiveAccount } from '../../machines/account/account.ts'
import { explainGate } from '../../src/accounts/explain.ts'
import { nextStep, type Situation } from '../../src/accounts/next-step.ts'
import { anAccount, aTruth, due, SUPPORTED } from '../support/an-account.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { DEADLINE, disabledAccount, neverStarted, verifyingWithDue } from '../support/disabled-account.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'

const LINK = { method: 'POST', href: '/v1/accounts/acct_1/onboarding_links' }
const APPEAL = 'interv_1.rejection_appeal.form'
const FORM = 'interv_1.credit_review.form'
const SUPPORT = 'interv_1.platform_concern.support'

function withLink(live: LiveAccount): LiveAccount {
  return lifecycle.step(live, { type: 'onboarding.link_minted', at: 1 }).live
}

function withHold(live: LiveAccount): LiveAccount {
  return lifecycle.step(live, { type: 'operator.held', reason: 'looks odd', by: 'ops', at: 1 }).live
}

const ERRORED_BANK = {
  object: 'bank_account',
  status: 'errored',
  currency: 'usd',
  default_for_currency: true,
  instant: false,
}

describe('the next step', () => {
  it.for([
    ['never_started', 'no onboarding link yet', neverStarted, 'merchant'],
    ['left_midway', 'an onboarding link but no submitted details', withLink(neverStarted), 'merchant'],
    [
      'waiting_on_stripe',
      'a review by Stripe',
      disabledAccount({ disabled_reason: 'under_review' }),
      'stripe',
    ],
    [
      'waiting_on_stripe',
      'a check against a prohibited list',
      disabledAccount({ disabled_reason: 'listed' }),
      'stripe',
    ],
    [
      'action_needed',
      'a verification under way and a form due',
      disabledAccount(verifyingWithDue(FORM)),
      'merchant',
    ],
    [
      'waiting_on_stripe',
      'a verification under way and only a support item due',
      disabledAccount(verifyingWithDue(SUPPORT)),
      'stripe',
    ],
    [
      'action_needed',
      'transfers pending and a form due',
      anAccount({
        account: aTruth({
          requirements: due({
            currently_due: [FORM],
            pending_verification: ['individual.id_number'],
            current_deadline: DEADLINE.seconds,
          }),
        }),
        capabilities: { items: { card_payments: 'active', transfers: 'pending' }, all: true },
      }),
      'merchant',
    ],
    [
      'action_needed',
      'everything disabled and a requirement past due',
      disabledAccount({ requirements: due({ past_due: ['email'] }) }),
      'merchant',
    ],
    [
      'action_needed',
      'everything active and a requirement due by a deadline',
      anAccount({
        account: aTruth({
          requirements: due({ currently_due: ['email'], current_deadline: DEADLINE.seconds }),
        }),
      }),
      'merchant',
    ],
    [
      'action_needed',
      'everything active and a requirement past due',
      anAccount({ account: aTruth({ requirements: due({ past_due: ['email'] }) }) }),
      'merchant',
    ],
    [
      'action_needed',
      'everything disabled and a requirement due',
      disabledAccount({ requirements: due({ currently_due: ['email'] }) }),
      'merchant',
    ],
    ['waiting_on_stripe', 'everything disabled and nothing due', disabledAccount(), 'stripe'],
    [
      'paused_by_stripe',
      'the disabled_reason other',
      disabledAccount({ disabled_reason: 'other' }),
      'stripe',
    ],
    [
      'paused_by_stripe',
      'an unknown disabled_reason',
      disabledAccount({ disabled_reason: 'a reason of tomorrow' }),
      'stripe',
    ],
    [
      'paused_by_stripe',
      'the disabled_reason other although everything is active',
      anAccount({ account: aTruth({ disabled_reason: 'other' }) }),
      'stripe',
    ],
    ['rejected', 'a rejection by Stripe', disabledAccount({ disabled_reason: 'rejected.listed' }), 'nobody'],
    ['ready', 'everything active', anAccount(), 'nobody'],
    [
      'ready',
      'everything active and a requirement only eventually due',
      anAccount({ account: aTruth({ requirements: due({ eventually_due: ['email'] }) }) }),
      'nobody',
    ],
    [
      'payouts_stopped',
      'an errored bank account',
      anAccount({ external_accounts: { items: { ba_1: ERRORED_BANK }, all: true } }),
      'merchant',
    ],
    [
      'payouts_stopped',
      'payouts disabled by Stripe',
      anAccount({ account: aTruth({ payouts_enabled: false }) }),
      'stripe',
    ],
    ['on_hold', 'a hold by an operator', withHold(anAccount()), 'operator'],
    ['never_started', 'a hold before onboarding', withHold(neverStarted), 'merchant'],
    [
      'action_needed',
      'everything active and a form due without a deadline',
      anAccount({ account: aTruth({ requirements: due({ currently_due: [FORM] }) }) }),
      'merchant',
    ],
    [
      'waiting_on_stripe',
      'everything active and a support item due without a deadline',
      anAccount({ account: aTruth({ requirements: due({ currently_due: [SUPPORT] }) }) }),
      'stripe',
    ],
    [
      'waiting_on_stripe',
      'everything active and a support item due by a deadline',
      anAccount({
        account: aTruth({
          requirements: due({ currently_due: [SUPPORT], current_deadline: DEADLINE.seconds }),
        }),
      }),
      'stripe',
    ],
    ['disconnected', 'the platform disconnected', anAccount({ connection: 'disconnected' }), 'merchant'],
    [
      'unsupported',
      'losses that the platform bears',
      anAccount({ controller: { ...SUPPORTED, losses: 'application' } }),
      'platform',
    ],
  ] as const)('is %s for an account with %s', ([situation, , live, actor]) => {
    expect(nextStep(live)).toMatchObject({ situation, actor })
  })

  it('names requirements and deadline while every gate is still open', () => {
    const soon = anAccount({
      account: aTruth({
        requirements: due({ currently_due: ['email'], current_deadline: DEADLINE.seconds }),
      }),
    })
    expect(explainGate('charge', soon).open).toBe(true)
    expect(nextStep(soon)).toMatchObject({
      requirements: ['email'],
      deadline: DEADLINE.time,
      remedy: LINK,
    })
  })

  it('is `ready` only while the charge and payout gates are open', () => {
    const accounts = [
      anAccount(),
      withHold(anAccount()),
      neverStarted,
      anAccount({ account: aTruth({ payouts_enabled: false }) }),
    ]
    for (const live of accounts) {
      const isOpen = (['charge', 'payout'] as const).every((gate) => explainGate(gate, live).open)
      expect(nextStep(live).situation === 'ready').toBe(isOpen)
    }
  })

  it('asks a rejected account for nothing but its appeal', () => {
    const others = ['business_profile.url', 'individual.dob.day']
    const rejected = (items: string[]) =>
      disabledAccount({
        disabled_reason: 'rejected.other',
        requirements: due({ currently_due: items }),
      })
    expect(nextStep(rejected(others))).not.toHaveProperty('requirements')
    expect(nextStep(rejected([...others, APPEAL])).requirements).toEqual([APPEAL])
  })
})

describe('the status of an account at Stripe', () => {
  let database: TestDatabase
  let gatehouse: Gatehouse
  beforeAll(async () => {
    database = await startDatabase()
    gatehouse = await startGatehouse(database)
  })
  afterAll(() => database.stop())

  it('names each situation that the account passes through', async () => {
    const { call, sim, settle } = gatehouse
    const created = await call('POST', '/v1/accounts', { body: { external_id: 'shop-1' } })
    const account: string = created.body['id']
    const at = `/v1/accounts/${account}`
    const move = (name: string) => () => sim('POST', `/_sim/accounts/${account}/move`, { move: name })
    const changes: [act: () => Promise<unknown>, situation: Situation][] = [
      [async () => {}, 'never_started'],
      [
        () => call('POST', `${at}/onboarding_links`, { body: { return_to: 'https://app.example.com' } }),
        'left_midway',
      ],
      [() => sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'in_review' }), 'waiting_on_stripe'],
      [move('enabled'), 'ready'],
      [move('requirements_due'), 'action_needed'],
      [move('requirements_past_due'), 'action_needed'],
      [move('paused'), 'paused_by_stripe'],
      [move('rejected'), 'rejected'],
      [move('rejected_with_appeal'), 'rejected'],
      [move('enabled'), 'ready'],
      [() => sim('POST', `/_sim/accounts/${account}/deauthorize`), 'disconnected'],
    ]
    for (const [index, [act, situation]] of changes.entries()) {
      // oxlint-disable no-await-in-loop
      await act()
      await settle()
      const { body } = await call('GET', `${at}/status`)
      expect(body['next_step'].situation, `after change ${index}`).toBe(situation)
      // oxlint-enable no-await-in-loop
    }
  })
})
