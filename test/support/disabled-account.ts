/** Accounts that Stripe has disabled: charges and payouts are off and the capabilities inactive. */
import type { LiveAccount } from '../../machines/account/account.ts'
import type { AccountTruth } from '../../machines/account/facts.ts'
import { anAccount, aTruth, due } from './an-account.ts'

const OFF = { charges_enabled: false, payouts_enabled: false }

export function disabledAccount(truth: Partial<AccountTruth> = {}): LiveAccount {
  return anAccount({
    account: aTruth({ ...OFF, ...truth }),
    capabilities: { items: { card_payments: 'inactive', transfers: 'inactive' }, all: true },
  })
}

/** An account as Stripe creates it: no submitted details, no requested capabilities. */
export const neverStarted = anAccount({
  account: aTruth({ ...OFF, details_submitted: false, requirements: due({ currently_due: ['email'] }) }),
  capabilities: { items: {}, all: true },
})

export const DEADLINE = { seconds: Date.UTC(2027, 0, 15) / 1000, time: '2027-01-15T00:00:00.000Z' }

/** Stripe verifies one requirement and needs another by a deadline. */
export const verifyingWithDue = (requirement: string): Partial<AccountTruth> => ({
  disabled_reason: 'requirements.pending_verification',
  requirements: due({
    currently_due: [requirement],
    pending_verification: ['individual.id_number'],
    current_deadline: DEADLINE.seconds,
  }),
})
