import type Stripe from 'stripe'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { orEmpty } from './requirements.ts'

/** Emits a person event about the account holder. It is not documented whether the platform gets these events. */
export function emitPerson(
  world: World,
  record: AccountRecord,
  type: 'person.created' | 'person.updated',
): void {
  if (!world.switches.person_events || !record.controlled) return
  const owner = record.account.id
  emit(world, { type, owner, object: person(record), ...(type === 'person.updated' ? { previous: {} } : {}) })
}

function person({ account }: AccountRecord): Stripe.Person {
  const { currently_due, eventually_due, past_due, pending_verification, errors } = account.requirements ?? {}
  const personItems = (list: readonly string[] | null | undefined) =>
    orEmpty(list)
      .filter((item) => /^(?:individual|representative)\./.test(item))
      .map((item) => item.replace(/^\w+\./, ''))
  const requirements = {
    alternatives: [],
    currently_due: personItems(currently_due),
    errors: (errors ?? []).filter(({ requirement }) => personItems([requirement]).length > 0),
    eventually_due: personItems(eventually_due),
    past_due: personItems(past_due),
    pending_verification: personItems(pending_verification),
  }
  return {
    id: account.individual?.id ?? account.id.replace('acct_', 'person_'),
    object: 'person',
    account: account.id,
    created: account.tos_acceptance?.date ?? account.created ?? 0,
    future_requirements: { ...NOTHING, alternatives: [] },
    metadata: {},
    relationship: {
      authorizer: false,
      director: false,
      executive: false,
      legal_guardian: false,
      owner: false,
      percent_ownership: null,
      representative: true,
      title: null,
    },
    requirements,
  }
}

const NOTHING = { currently_due: [], errors: [], eventually_due: [], past_due: [], pending_verification: [] }
