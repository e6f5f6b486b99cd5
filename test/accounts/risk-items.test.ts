/** Requirements of Stripe's risk review: who can answer them, and what they open. */
import { describe, expect, it } from 'vitest'
import { explainGate } from '../../src/accounts/explain.ts'
import { riskItems } from '../../src/accounts/risk-items.ts'
import { aTruth, due } from '../support/an-account.ts'
import { disabledAccount } from '../support/disabled-account.ts'

describe('the risk item', () => {
  it.for([
    ['interv_1.credit_review.form', 'form', 'merchant'],
    ['interv_1.identity_verification.challenge', 'challenge', 'merchant'],
    ['interv_1.platform_concern.support', 'support', 'stripe'],
  ] as const)('%s is answered by %s, so %s acts next', ([requirement, path, actor]) => {
    const live = disabledAccount({
      disabled_reason: 'other',
      requirements: due({ past_due: [requirement] }),
    })
    expect(riskItems(live.context.facts.account?.value)).toMatchObject([
      { requirement, path, description: requirement.split('.')[1] },
    ])
    expect(explainGate('charge', live).blockers[0]).toMatchObject({ actor, requirements: [requirement] })
  })

  it('interv_1.reserve_appeal.telepathy has no known path but is listed; the requirement email is not', () => {
    const requirements = due({ currently_due: ['email', 'interv_1.reserve_appeal.telepathy'] })
    expect(riskItems(aTruth({ requirements }))).toMatchObject([{ description: 'reserve_appeal', path: null }])
  })
})

describe('the onboard gate of a rejected account', () => {
  const isOpenWith = (requirement: string) =>
    explainGate(
      'onboard',
      disabledAccount({
        disabled_reason: 'rejected.other',
        requirements: due({ currently_due: [requirement] }),
      }),
    ).open

  it.for(['interv_1.rejection_appeal.form', 'interv_1.rejection_appeal.challenge'])(
    'is open while %s is due',
    (requirement) => {
      expect(isOpenWith(requirement)).toBe(true)
    },
  )

  it.for(['interv_1.rejection_appeal.support', 'email'])(
    'stays closed while only %s is due',
    (requirement) => {
      expect(isOpenWith(requirement)).toBe(false)
    },
  )
})
