import type Stripe from 'stripe'

type Requirements = Stripe.Account.Requirements
type FutureRequirements = Stripe.Account.FutureRequirements

/** No requirements. All accounts share this object. */
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

/** The requirements of a new full-dashboard account. */
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

/** Requirements that are eventually due. An enabled account normally has some. */
const EVENTUALLY_DUE: readonly string[] = ['individual.id_number', 'individual.verification.document']

/** The requirements of an enabled account: only eventually due ones. */
export const ENABLED_REQUIREMENTS: Requirements = { ...NO_REQUIREMENTS, eventually_due: [...EVENTUALLY_DUE] }

/** The requirements that the platform has not prefilled. They are past due at once, since nothing is enabled yet. */
export function initialRequirements(account: Stripe.Account, anythingRequested: boolean): Requirements {
  const missing = INITIAL.filter((field) => !PREFILLED[field]?.(account))
  return {
    ...NO_REQUIREMENTS,
    currently_due: missing,
    past_due: missing,
    eventually_due: [...missing, ...EVENTUALLY_DUE],
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

/** The lists are nullable in the API's types. */
export function orEmpty(list: readonly string[] | null | undefined): readonly string[] {
  return list ?? []
}

export function union(...lists: readonly (readonly string[] | null | undefined)[]): string[] {
  return [...new Set(lists.flatMap(orEmpty))]
}

export function without(list: readonly string[] | null | undefined, gone: readonly string[]): string[] {
  return orEmpty(list).filter((item) => !gone.includes(item))
}
