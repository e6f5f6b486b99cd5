/** Every blocker of every state: the gate, the code, who must act, and the remedy. */
import { expect, it } from 'vitest'
import { account, accountBadge, accountBlockers, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountFacts, AccountTruth } from '../../machines/account/facts.ts'
import { GATES } from '../../machines/gates.ts'
import type { Observation } from '../../machines/watermark.ts'
import { anAccount, aTruth, due, SUPPORTED } from '../support/an-account.ts'
import { aFailedPayout } from '../support/a-payout.ts'

/** Stripe allows neither charges nor payouts. */
const off = (truth: Partial<AccountTruth> = {}, observation: Observation<AccountFacts> = {}): LiveAccount =>
  anAccount({ account: aTruth({ charges_enabled: false, payouts_enabled: false, ...truth }), ...observation })
const card = (status: string) => ({ capabilities: { items: { card_payments: status }, all: true } })
const after = (live: LiveAccount, event: Parameters<typeof account.step>[1]) => account.step(live, event).live

const ITEM = 'business_profile.url'
const SUPPORT = 'interv_1.credit_review.support'
const APPEAL = 'interv_1.rejection_appeal.form'
const bank = (status: string) => ({
  items: {
    ba_1: { object: 'bank_account', status, currency: 'usd', default_for_currency: true, instant: false },
  },
  all: true,
})

const said = (live: LiveAccount) =>
  GATES.flatMap((gate) =>
    accountBlockers(gate, live).map(
      ({ region, state, code, actor, remedy }) =>
        `${gate}: ${region}.${state} ${code} ${actor}${remedy ? ` ${remedy}` : ''}`,
    ),
  )
/** An account, its badge, and its blockers as `gate: region.state code actor remedy`. */
const ACCOUNTS: [name: string, LiveAccount, badge: string, refusals: string[]][] = [
  ['in good standing', anAccount(), 'enabled', []],
  [
    'disconnected',
    anAccount({ connection: 'disconnected' }),
    'disconnected',
    [
      'charge: connection.disconnected account_disconnected merchant',
      'refund: connection.disconnected account_disconnected merchant',
      'payout: connection.disconnected account_disconnected merchant',
      'onboard: connection.disconnected account_disconnected merchant',
    ],
  ],
  [
    'of another shape',
    anAccount({ controller: { ...SUPPORTED, dashboard: 'express' } }),
    'enabled',
    [
      'charge: connection.connected account_unsupported platform',
      'payout: connection.connected account_unsupported platform',
      'onboard: connection.connected account_unsupported platform',
    ],
  ],
  [
    'of unknown shape',
    anAccount({ controller: undefined as never }),
    'enabled',
    [
      'charge: connection.connected account_unsupported platform',
      'payout: connection.connected account_unsupported platform',
      'onboard: connection.connected account_unsupported platform',
    ],
  ],
  [
    'created',
    off({ details_submitted: false }, card('inactive')),
    'restricted',
    [
      'charge: onboarding.created onboarding_not_started merchant onboarding_link',
      'charge: charges.inactive capability_inactive merchant onboarding_link',
      'payout: onboarding.created onboarding_not_started merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'started',
    after(off({ details_submitted: false }), { type: 'onboarding.link_minted', at: 1 }),
    'restricted',
    [
      'charge: onboarding.started onboarding_incomplete merchant onboarding_link',
      'charge: charges.active charges_disabled merchant onboarding_link',
      'payout: onboarding.started onboarding_incomplete merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'in review',
    off({ disabled_reason: 'under_review' }),
    'in_review',
    [
      'charge: onboarding.in_review onboarding_in_review stripe',
      'charge: charges.active charges_disabled stripe',
      'payout: onboarding.in_review onboarding_in_review stripe',
      'payout: payouts.off payouts_disabled stripe',
    ],
  ],
  [
    'restricted by a requirement that the holder can meet',
    off({ requirements: due({ past_due: [ITEM] }) }),
    'restricted',
    [
      'charge: onboarding.restricted requirements_past_due merchant onboarding_link',
      'charge: charges.active charges_disabled merchant onboarding_link',
      'payout: onboarding.restricted requirements_past_due merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'restricted by a requirement that only Stripe can settle',
    off({ requirements: due({ past_due: [SUPPORT] }) }),
    'restricted',
    [
      'charge: onboarding.restricted requirements_past_due stripe',
      'charge: charges.active charges_disabled stripe',
      'payout: onboarding.restricted requirements_past_due stripe',
      'payout: payouts.off payouts_disabled stripe',
    ],
  ],
  [
    'restricted and past due, while Stripe keeps charges and payouts on',
    anAccount({ account: aTruth({ requirements: due({ past_due: [ITEM] }) }) }),
    'restricted',
    [],
  ],
  [
    'restricted soon',
    anAccount({ account: aTruth({ requirements: due({ currently_due: [ITEM], current_deadline: 9 }) }) }),
    'restricted_soon',
    [],
  ],
  [
    'paused',
    off({ disabled_reason: 'platform_paused', requirements: due({ currently_due: [ITEM] }) }),
    'restricted',
    [
      'charge: onboarding.suspended account_suspended merchant onboarding_link',
      'charge: charges.active charges_disabled merchant onboarding_link',
      'payout: onboarding.suspended account_suspended merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'paused, with no requirement that the holder can meet',
    off({ disabled_reason: 'other' }),
    'restricted',
    [
      'charge: onboarding.suspended account_suspended stripe',
      'charge: charges.active charges_disabled stripe',
      'payout: onboarding.suspended account_suspended stripe',
      'payout: payouts.off payouts_disabled stripe',
    ],
  ],
  [
    'paused for an unknown reason',
    anAccount({ account: aTruth({ disabled_reason: 'unheard_of' }) }),
    'restricted',
    [
      'charge: onboarding.suspended account_suspended stripe',
      'payout: onboarding.suspended account_suspended stripe',
    ],
  ],
  [
    'rejected',
    off({ disabled_reason: 'rejected.fraud' }),
    'rejected',
    [
      'charge: onboarding.rejected account_rejected nobody',
      'charge: charges.active charges_disabled stripe',
      'payout: onboarding.rejected account_rejected nobody',
      'payout: payouts.off payouts_disabled stripe',
      'onboard: onboarding.rejected account_rejected nobody',
    ],
  ],
  [
    'rejected, while Stripe keeps payouts on',
    off({ disabled_reason: 'rejected.fraud', payouts_enabled: true }),
    'rejected',
    [
      'charge: onboarding.rejected account_rejected nobody',
      'charge: charges.active charges_disabled stripe',
      'onboard: onboarding.rejected account_rejected nobody',
    ],
  ],
  [
    'rejected, with an appeal',
    off({ disabled_reason: 'rejected.other', requirements: due({ currently_due: [APPEAL] }) }),
    'rejected',
    [
      'charge: onboarding.rejected account_rejected merchant onboarding_link',
      'charge: charges.active charges_disabled merchant onboarding_link',
      'payout: onboarding.rejected account_rejected merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'without the capability',
    anAccount(card('unrequested')),
    'restricted',
    ['charge: charges.unrequested capability_unrequested platform'],
  ],
  [
    'without the capability, before onboarding',
    anAccount({ account: aTruth({ details_submitted: false }), ...card('unrequested') }),
    'restricted',
    [
      'charge: onboarding.created onboarding_not_started merchant onboarding_link',
      'charge: charges.unrequested capability_unrequested merchant onboarding_link',
    ],
  ],
  [
    'with the capability inactive',
    anAccount({ account: aTruth({ requirements: due({ currently_due: [ITEM] }) }), ...card('inactive') }),
    'restricted',
    ['charge: charges.inactive capability_inactive merchant onboarding_link'],
  ],
  [
    'in review, with more due from the holder',
    off({
      disabled_reason: 'requirements.pending_verification',
      requirements: due({ currently_due: [ITEM] }),
    }),
    'in_review',
    [
      'charge: onboarding.in_review onboarding_in_review merchant onboarding_link',
      'charge: charges.active charges_disabled merchant onboarding_link',
      'payout: onboarding.in_review onboarding_in_review merchant onboarding_link',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'in review before details were submitted',
    off({ disabled_reason: 'under_review', details_submitted: false }, card('pending')),
    'in_review',
    [
      'charge: onboarding.in_review onboarding_in_review stripe',
      'charge: charges.pending capability_pending stripe',
      'payout: onboarding.in_review onboarding_in_review stripe',
      'payout: payouts.off payouts_disabled merchant onboarding_link',
    ],
  ],
  [
    'with the capability inactive, and no requirement that the holder can meet',
    anAccount(card('inactive')),
    'restricted',
    ['charge: charges.inactive capability_inactive stripe'],
  ],
  [
    'with the capability pending',
    anAccount(card('pending')),
    'in_review',
    [
      'charge: onboarding.in_review onboarding_in_review stripe',
      'charge: charges.pending capability_pending stripe',
    ],
  ],
  [
    'with charges turned off',
    anAccount({ account: aTruth({ charges_enabled: false, requirements: due({ currently_due: [ITEM] }) }) }),
    'restricted',
    ['charge: charges.active charges_disabled merchant onboarding_link'],
  ],
  [
    'with charges turned off, and no requirement that the holder can meet',
    anAccount({ account: aTruth({ charges_enabled: false }) }),
    'restricted',
    ['charge: charges.active charges_disabled stripe'],
  ],
  [
    'with payouts turned off',
    anAccount({ account: aTruth({ payouts_enabled: false, requirements: due({ currently_due: [ITEM] }) }) }),
    'enabled',
    ['payout: payouts.off payouts_disabled merchant onboarding_link'],
  ],
  [
    'with payouts turned off, and no requirement that the holder can meet',
    anAccount({ account: aTruth({ payouts_enabled: false }) }),
    'enabled',
    ['payout: payouts.off payouts_disabled stripe'],
  ],
  [
    'with an errored bank account',
    anAccount({ external_accounts: bank('errored') }),
    'enabled',
    ['payout: payouts.failing payouts_failing merchant dashboard'],
  ],
  [
    'with a failed payout that Stripe retries',
    after(
      anAccount({ external_accounts: bank('new') }),
      aFailedPayout({ failure_code: 'could_not_process' }),
    ),
    'enabled',
    ['payout: payouts.failing payouts_failing stripe'],
  ],
  [
    'with a payout that failed for an unknown reason',
    after(anAccount({ external_accounts: bank('new') }), aFailedPayout({ failure_code: 'unheard_of' })),
    'enabled',
    ['payout: payouts.failing payouts_failing platform refresh'],
  ],
  [
    'with a failed payout, and payouts turned off',
    after(off({ charges_enabled: true }, { external_accounts: bank('new') }), aFailedPayout()),
    'enabled',
    [
      'payout: payouts.failing payouts_failing merchant dashboard',
      'payout: payouts.failing payouts_disabled stripe',
    ],
  ],
  [
    'held',
    after(anAccount(), { type: 'operator.held', reason: 'r', by: 'b', at: 1 }),
    'enabled',
    ['charge: hold.held operator_hold operator release', 'payout: hold.held operator_hold operator release'],
  ],
]

it.each(ACCOUNTS)('an account %s has exactly these blockers', (_, live, badge, refusals) => {
  expect({ badge: accountBadge(live), refusals: said(live) }).toEqual({ badge, refusals })
})

it('every code of a blocker is in this table', () => {
  const told = new Set(
    ACCOUNTS.flatMap(([, , , refusals]) => refusals.map((refusal) => refusal.split(' ')[2])),
  )
  const codes = Object.values(account.machine.states).flatMap(({ states }) =>
    Object.values(states).flatMap(({ meta }) => meta?.closes.map(({ code }) => code) ?? []),
  )
  expect([...new Set(codes)].filter((code) => !told.has(code))).toEqual([])
})
