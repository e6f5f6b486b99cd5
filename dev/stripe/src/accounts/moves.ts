import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { GOOD_BANK_NUMBER, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { type AccountPatch, changeAccount, externalAccounts, getAccount } from './change.ts'
import { NO_REQUIREMENTS, union } from './requirements.ts'
import {
  deadlineMissed,
  disabled,
  enabled,
  pendingVerification,
  requirementsDue,
  verificationFailed,
} from './state-changes.ts'

export const MOVES = [
  'enabled',
  'requirements_due',
  'requirements_past_due',
  'pending_verification',
  'verification_failed',
  'answered',
  'risk_item',
  'future_requirements',
  'under_review',
  'listed',
  'paused',
  'rejected',
  'rejected_with_appeal',
  'bank_changed',
] as const

export type Move = (typeof MOVES)[number]

export interface MoveDetails {
  readonly fields?: readonly string[] | undefined
  readonly deadline_s?: number | undefined
  readonly description?: string | undefined
  readonly path?: 'form' | 'challenge' | 'support' | undefined
  readonly disables?: boolean | undefined
  readonly reason?: 'fraud' | 'incomplete_verification' | 'listed' | 'terms_of_service' | 'other' | undefined
  readonly account_number?: string | undefined
}

/** Applies one of Stripe's typical changes to an account, with all that it entails. */
export function moveAccount(world: World, id: string, move: Move, details: MoveDetails): AccountRecord {
  return changeAccount(world, id, patchFor(world, getAccount(world, id), move, details))
}

const DEFAULT_FIELDS = ['individual.verification.document']
const DEFAULT_DEADLINE_S = 14 * 86_400

function patchFor(world: World, record: AccountRecord, move: Move, details: MoveDetails): AccountPatch {
  const fields = details.fields ?? DEFAULT_FIELDS
  const deadline = world.clock.seconds() + (details.deadline_s ?? DEFAULT_DEADLINE_S)
  switch (move) {
    case 'enabled':
      return enabled(record)
    case 'requirements_due':
      return requirementsDue(record, { fields, deadline })
    case 'requirements_past_due':
      return applyBoth(record, requirementsDue(record, { fields, deadline: null }), deadlineMissed)
    case 'pending_verification':
      return pendingVerification(record, fields)
    case 'verification_failed':
      return verificationFailed(record)
    case 'answered':
      return answered(world, record)
    case 'risk_item':
      return riskItem(world, record, details, deadline)
    case 'future_requirements':
      return {
        account: {
          future_requirements: {
            ...NO_REQUIREMENTS,
            currently_due: [...fields],
            eventually_due: [...fields],
            current_deadline: deadline,
          },
        },
      }
    case 'under_review':
      return disabled(record, 'under_review')
    case 'listed':
      return disabled(record, 'listed')
    case 'paused':
      return disabled(record, 'other')
    case 'rejected':
      return disabled(record, `rejected.${details.reason ?? 'other'}`)
    case 'rejected_with_appeal':
      return disabled(record, `rejected.${details.reason ?? 'other'}`, [
        newRiskItem(world, 'rejection_appeal', 'form'),
      ])
    case 'bank_changed':
      return bankChanged(world, record, details.account_number ?? GOOD_BANK_NUMBER)
  }
}

/** The holder answered the requirements. The verification will succeed. */
function answered(world: World, record: AccountRecord): AccountPatch {
  const due = union(record.account.requirements?.currently_due, record.account.requirements?.past_due)
  const dueMs = world.clock.nowMs() + world.switches.verification_delay_s * 1000
  return { ...pendingVerification(record, due), verification: { outcome: 'verified', dueMs } }
}

/** Risk items are requirements that the API cannot answer. */
function riskItem(world: World, record: AccountRecord, details: MoveDetails, deadline: number): AccountPatch {
  const item = newRiskItem(
    world,
    details.description ?? 'business_model_verification',
    details.path ?? 'form',
  )
  if (details.disables === true) return disabled(record, 'other', [item])
  return requirementsDue(record, {
    fields: [item],
    deadline: details.deadline_s === undefined ? null : deadline,
  })
}

function newRiskItem(world: World, description: string, path: 'form' | 'challenge' | 'support'): string {
  return `interv_${world.ids.text(14)}.${description}.${path}`
}

/** The holder changed the bank account in the Dashboard. */
function bankChanged(world: World, record: AccountRecord, number: string): AccountPatch {
  const { account } = record
  const bank = newBankAccount(world, account.id, {
    country: account.country ?? 'US',
    currency: account.default_currency ?? 'usd',
    account_number: number,
    ...(account.country === 'US' ? { routing_number: '110000000' } : {}),
  })
  const others = externalAccounts(record).filter((one) => one.currency !== bank.currency)
  return {
    bankNumbers: { ...record.bankNumbers, [bank.id]: number },
    account: {
      external_accounts: externalAccountList(account.id, [bank, ...others]),
      // Payouts that the old bank account had disabled are enabled again.
      payouts_enabled:
        account.payouts_enabled ||
        (account.details_submitted && account.requirements?.disabled_reason == null),
    },
  }
}

function applyBoth(
  record: AccountRecord,
  first: AccountPatch,
  next: (record: AccountRecord) => AccountPatch,
): AccountPatch {
  const between = { ...record, ...first, account: { ...record.account, ...first.account } }
  const second = next(between)
  return { ...first, ...second, account: { ...first.account, ...second.account } }
}
