import type Stripe from 'stripe'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { NO_REQUIREMENTS } from './requirements.ts'

/** The account as the platform can read it. After the first account link it cannot read identity data. */
export function accountView({ switches }: World, record: AccountRecord): Stripe.Account {
  const { account, controlled, linkedAt } = record
  const view = { ...account }
  if (account.type === 'none') view.type = switches.account_type
  if (!controlled) {
    delete view.external_accounts
    view.controller = { type: 'account' }
  }
  if (switches.external_accounts === 'absent') delete view.external_accounts
  if (linkedAt !== null && account.controller?.requirement_collection === 'stripe') {
    delete view.individual
    if (account.company !== undefined) view.company = readableCompany(account.company)
    if (switches.requirements_after_link === 'absent') {
      delete view.requirements
      delete view.future_requirements
    }
    if (switches.requirements_after_link === 'reduced') {
      view.requirements = withoutLists(account.requirements)
      view.future_requirements = withoutLists(account.future_requirements)
    }
  }
  return view
}

function readableCompany(company: Stripe.Account.Company): Stripe.Account.Company {
  const { directors_provided, executives_provided, owners_provided, tax_id_provided } = company
  return {
    ...(directors_provided === undefined ? {} : { directors_provided }),
    ...(executives_provided === undefined ? {} : { executives_provided }),
    ...(owners_provided === undefined ? {} : { owners_provided }),
    ...(tax_id_provided === undefined ? {} : { tax_id_provided }),
  }
}

type Requirements = Stripe.Account.Requirements & Stripe.Account.FutureRequirements

/** Hides the lists and keeps the deadline and the disabled reason. The API's types allow null lists. */
function withoutLists(
  from: Stripe.Account.Requirements | Stripe.Account.FutureRequirements = NO_REQUIREMENTS,
) {
  const { current_deadline, disabled_reason } = from
  return { ...NULL_LISTS, current_deadline, disabled_reason } as Requirements
}

const NULL_LISTS = {
  alternatives: null,
  currently_due: null,
  errors: null,
  eventually_due: null,
  past_due: null,
  pending_verification: null,
}
