import type Stripe from 'stripe'

type Requirements = Stripe.Account.Requirements
type FutureRequirements = Stripe.Account.FutureRequirements

/** Nothing is asked. Shared by every account that is in good standing. */
export const NO_REQUIREMENTS: Requirements & FutureRequirements = {
  alternatives: [],
  current_deadline: null,
  currently_due: [],
  disabled_reason: null,
  errors: [],
  eventually_due: [],
  past_due: [],
  pending_verification: [],
}

/** What a full-dashboard account is asked before it has told anything. */
const INITIAL: readonly string[] = [
  'business_profile.mcc',
  'business_profile.url',
  'business_type',
  'external_account',
  'representative.dob.day',
  'representative.dob.month',
  'representative.dob.year',
  'representative.email',
  'representative.first_name',
  'representative.last_name',
  'representative.phone',
  'tos_acceptance.date',
  'tos_acceptance.ip',
]

/** What stays for later even when everything is in order; an enabled account normally has some. */
export const LATER: readonly string[] = ['individual.id_number', 'individual.verification.document']

/** Nothing due now, something one day: an account in good standing. */
export const IN_GOOD_STANDING: Requirements = { ...NO_REQUIREMENTS, eventually_due: [...LATER] }

/** What is still missing, given what was prefilled. At first everything missing is past due: nothing is enabled yet. */
export function initialRequirements(account: Stripe.Account, anythingRequested: boolean): Requirements {
  const missing = INITIAL.filter((field) => !PREFILLED[field]?.(account))
  return {
    ...NO_REQUIREMENTS,
    currently_due: missing,
    past_due: missing,
    eventually_due: [...missing, ...LATER],
    disabled_reason: anythingRequested ? 'requirements.past_due' : 'action_required.requested_capabilities',
  }
}

const PREFILLED: Readonly<Record<string, (account: Stripe.Account) => unknown>> = {
  'business_profile.mcc': (account) => account.business_profile?.mcc,
  'business_profile.url': ({ business_profile: profile }) => profile?.url ?? profile?.product_description,
  business_type: (account) => account.business_type,
  external_account: (account) => account.external_accounts?.data.length,
  'representative.dob.day': (account) => account.individual?.dob?.day,
  'representative.dob.month': (account) => account.individual?.dob?.month,
  'representative.dob.year': (account) => account.individual?.dob?.year,
  'representative.email': (account) => account.individual?.email,
  'representative.first_name': (account) => account.individual?.first_name,
  'representative.last_name': (account) => account.individual?.last_name,
  'representative.phone': (account) => account.individual?.phone,
  'tos_acceptance.date': (account) => account.tos_acceptance?.date,
  'tos_acceptance.ip': (account) => account.tos_acceptance?.ip,
}

/** Lists are nullable in the API's types. */
export function listed(list: readonly string[] | null | undefined): readonly string[] {
  return list ?? []
}

export function union(...lists: readonly (readonly string[] | null | undefined)[]): string[] {
  return [...new Set(lists.flatMap(listed))]
}

export function without(list: readonly string[] | null | undefined, gone: readonly string[]): string[] {
  return listed(list).filter((item) => !gone.includes(item))
}
