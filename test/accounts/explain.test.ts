/** The explanation of a closed gate: why it is closed, who acts next, and how. */
import { describe, expect, it } from 'vitest'
import { account as lifecycle, accountBadge } from '../../machines/account/account.ts'
import { GATES } from '../../machines/gates.ts'
import { explainGate } from '../../src/accounts/explain.ts'
import { anAccount, due } from '../support/an-account.ts'
import { DEADLINE, disabledAccount, neverStarted, verifyingWithDue } from '../support/disabled-account.ts'

const LINK = { method: 'POST', href: '/v1/accounts/acct_1/onboarding_links' }
const APPEAL = 'interv_1.rejection_appeal.form'
const FORM = 'interv_1.credit_review.form'

describe('the charge gate', () => {
  it.for([
    [
      'whose onboarding never started',
      neverStarted,
      'created',
      'restricted',
      'onboarding_not_started',
      'merchant',
      LINK,
    ],
    [
      'whose onboarding was left midway',
      lifecycle.step(neverStarted, { type: 'onboarding.link_minted', at: 1 }).live,
      'started',
      'restricted',
      'onboarding_incomplete',
      'merchant',
      LINK,
    ],
    [
      'that Stripe is reviewing',
      disabledAccount({
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
      'with requirements past due',
      disabledAccount({
        disabled_reason: 'requirements.past_due',
        requirements: due({
          past_due: ['email'],
          currently_due: ['email'],
          current_deadline: DEADLINE.seconds,
        }),
      }),
      'restricted',
      'restricted',
      'requirements_past_due',
      'merchant',
      LINK,
    ],
    [
      'that Stripe has paused, with only a support item due',
      disabledAccount({
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
      'that Stripe has paused, with a challenge due',
      disabledAccount({
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
      'that Stripe has rejected',
      disabledAccount({ disabled_reason: 'rejected.fraud' }),
      'rejected',
      'rejected',
      'account_rejected',
      'nobody',
      undefined,
    ],
    [
      'that Stripe has rejected, with an appeal due',
      disabledAccount({
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
    'of an account %s is closed, and its first blocker says who acts',
    ([, live, state, badge, code, actor, remedy]) => {
      expect(live.value['onboarding']).toBe(state)
      expect(accountBadge(live)).toBe(badge)
      const [first] = explainGate('charge', live).blockers
      expect(first).toMatchObject({ code, region: 'onboarding', state, actor })
      expect(first?.remedy).toEqual(remedy)
      expect(first?.detail).toMatch(/\.$/)
    },
  )

  it('of an account with one requirement in review and another due names the due one', () => {
    const [first] = explainGate('charge', disabledAccount(verifyingWithDue(FORM))).blockers
    expect(first).toMatchObject({ requirements: [FORM], deadline: DEADLINE.time, remedy: LINK })
    expect(first?.detail).not.toContain('Nobody')
  })
})

it('every gate of an enabled account is open', () => {
  const live = anAccount()
  expect(live.value['onboarding']).toBe('enabled')
  expect(GATES.filter((gate) => !explainGate(gate, live).open)).toEqual([])
})
