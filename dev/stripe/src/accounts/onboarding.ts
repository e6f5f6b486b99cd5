import type Stripe from 'stripe'
import { StripeRefusal } from '../core/errors.ts'
import { mergeMetadata } from '../core/json.ts'
import type { AccountRecord, Verification } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { GOOD_BANK_NUMBER, externalAccountList, newBankAccount } from './bank-accounts.ts'
import { CORE_CAPABILITIES } from './capabilities.ts'
import { changeAccount, externalAccounts, getAccount } from './change.ts'
import { country } from './countries.ts'
import { emitPerson } from './persons.ts'
import { union, without } from './requirements.ts'
import { disabled, enabled, pendingVerification, verificationFailed } from './state-changes.ts'

/** The account holder's input in the hosted form. Absent fields stay as they are. */
export interface HolderDetails {
  readonly country?: string | undefined
  readonly business_type?: string | undefined
  readonly business_name?: string | undefined
  readonly business_url?: string | undefined
  readonly first_name?: string | undefined
  readonly last_name?: string | undefined
  readonly email?: string | undefined
  /** The birth year 1902 verifies at once, 1901 after a delay, any other fails (https://docs.stripe.com/connect/testing). */
  readonly dob?: { readonly day: number; readonly month: number; readonly year: number } | undefined
  readonly routing_number?: string | undefined
  readonly account_number?: string | undefined
}

export type Outcome =
  | 'enabled'
  | 'pending_verification'
  | 'verification_failed'
  | 'in_review'
  | 'restricted'
  | 'rejected'
  | 'started'

export const OUTCOMES: readonly Outcome[] = [
  'enabled',
  'pending_verification',
  'verification_failed',
  'in_review',
  'restricted',
  'rejected',
  'started',
]

/** The holder leaves the form ("save for later"): some requirements are answered, and nothing is submitted. */
export function saveForLater(world: World, id: string): AccountRecord {
  const { account } = getAccount(world, id)
  const answered = ['business_type', 'business_profile.mcc']
  const current = account.requirements
  if (current === undefined || account.details_submitted) return getAccount(world, id)
  return changeAccount(world, id, {
    account: {
      requirements: {
        ...current,
        currently_due: without(current.currently_due, answered),
        past_due: without(current.past_due, answered),
        eventually_due: without(current.eventually_due, answered),
      },
    },
  })
}

/** The holder submits the form. `outcome` decides the verification. */
export function submitForm(
  world: World,
  id: string,
  details: HolderDetails,
  outcome: Outcome,
): AccountRecord {
  if (outcome === 'started') return saveForLater(world, id)
  const before = getAccount(world, id)
  const due = union(before.account.requirements?.currently_due, before.account.requirements?.past_due)
  const filled = withFormInput(world, before, details)
  const checking = pendingVerification(filled, due)
  const form = { ...filled, ...checking, account: { ...filled.account, ...checking.account } }
  const settled = applyOutcome(form, outcome)
  const submitted = changeAccount(world, id, {
    ...form,
    ...settled,
    verification: pendingOutcome(world, outcome),
    account: { ...form.account, ...settled?.account },
  })
  emitPerson(world, submitted, before.account.details_submitted ? 'person.updated' : 'person.created')
  return submitted
}

/** The outcome that the test date of birth stands for. */
export function outcomeOf(dob: HolderDetails['dob']): Outcome {
  if (dob?.year === 1902) return 'enabled'
  return dob === undefined || dob.year === 1901 ? 'pending_verification' : 'verification_failed'
}

function applyOutcome(record: AccountRecord, outcome: Outcome) {
  switch (outcome) {
    case 'enabled':
      return enabled(record)
    case 'in_review':
      return disabled(record, 'under_review')
    case 'restricted':
      return verificationFailed(record)
    case 'rejected':
      return disabled(record, 'rejected.other')
    case 'pending_verification':
    case 'verification_failed':
    case 'started':
      return undefined
  }
}

function pendingOutcome({ clock, switches }: World, outcome: Outcome): Verification | null {
  if (outcome !== 'pending_verification' && outcome !== 'verification_failed') return null
  const dueMs = clock.nowMs() + switches.verification_delay_s * 1000
  return { outcome: outcome === 'pending_verification' ? 'verified' : 'failed', dueMs }
}

/** The account with the form's input. */
function withFormInput(world: World, record: AccountRecord, details: HolderDetails): AccountRecord {
  const { account } = record
  const countryCode = record.countryFixed
    ? (account.country ?? 'US')
    : (details.country ?? account.country ?? 'US')
  const currency = country(countryCode)?.currency
  if (currency === undefined) throw new StripeRefusal(400, unsupported(countryCode))
  const requested =
    Object.keys(record.requested).length > 0
      ? record.requested
      : Object.fromEntries(CORE_CAPABILITIES.map((name) => [name, world.clock.seconds()]))
  const bank = bankOf(world, record, details, countryCode, currency)
  return {
    ...record,
    linkedAt: record.linkedAt ?? world.clock.seconds(),
    countryFixed: true,
    requested,
    bankNumbers: { ...record.bankNumbers, ...bank.numbers },
    account: {
      ...account,
      ...profileFields(account, details),
      country: countryCode,
      default_currency: currency,
      external_accounts: externalAccountList(account.id, bank.accounts),
      metadata: mergeMetadata(account.metadata, undefined),
      tos_acceptance: { date: account.tos_acceptance?.date ?? world.clock.seconds() },
    },
  }
}

function profileFields(account: Stripe.Account, details: HolderDetails): Partial<Stripe.Account> {
  const profile = account.business_profile
  return {
    business_type: details.business_type ?? account.business_type ?? 'individual',
    email: account.email ?? details.email ?? null,
    ...(profile === undefined || profile === null
      ? {}
      : {
          business_profile: {
            ...profile,
            mcc: profile.mcc ?? '5734',
            name: details.business_name ?? profile.name,
            url: details.business_url ?? profile.url,
          },
        }),
  }
}

function bankOf(
  world: World,
  record: AccountRecord,
  details: HolderDetails,
  countryCode: string,
  currency: string,
): { accounts: readonly Stripe.ExternalAccount[]; numbers: Record<string, string> } {
  const existing = externalAccounts(record)
  const given = details.account_number
  if (given === undefined && existing.length > 0) return { accounts: existing, numbers: {} }
  const number = given ?? GOOD_BANK_NUMBER
  const bank = newBankAccount(world, record.account.id, {
    country: countryCode,
    currency,
    account_number: number,
    ...(countryCode === 'US' ? { routing_number: details.routing_number ?? '110000000' } : {}),
  })
  return { accounts: [bank], numbers: { [bank.id]: number } }
}

function unsupported(code: string) {
  return {
    type: 'invalid_request_error' as const,
    code: 'country_unsupported',
    message: `${code} is not currently supported by Stripe.`,
  }
}
