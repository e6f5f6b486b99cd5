import type Stripe from 'stripe'
import { mergeMetadata } from '../core/json.ts'
import { type World, newId } from '../core/world.ts'

/** Company data that the platform prefilled. */
export function newCompany(
  params: NonNullable<Stripe.AccountCreateParams['company']>,
): Stripe.Account.Company {
  return {
    ...(params.name === undefined ? {} : { name: params.name }),
    ...(params.phone === undefined ? {} : { phone: params.phone }),
    directors_provided: params.directors_provided ?? false,
    executives_provided: params.executives_provided ?? false,
    owners_provided: params.owners_provided ?? false,
    tax_id_provided: params.tax_id !== undefined,
  }
}

export function newIndividual(
  world: World,
  account: string,
  params: NonNullable<Stripe.AccountCreateParams['individual']>,
): Stripe.Person {
  const { dob } = params
  return {
    id: newId(world, 'person'),
    object: 'person',
    account,
    created: world.clock.seconds(),
    ...(typeof dob === 'object'
      ? { dob: { day: dob?.day ?? null, month: dob?.month ?? null, year: dob?.year ?? null } }
      : {}),
    email: params.email ?? null,
    first_name: params.first_name ?? null,
    id_number_provided: params.id_number !== undefined,
    last_name: params.last_name ?? null,
    metadata: mergeMetadata({}, params.metadata),
    phone: params.phone ?? null,
    ssn_last_4_provided: params.ssn_last_4 !== undefined,
  }
}
