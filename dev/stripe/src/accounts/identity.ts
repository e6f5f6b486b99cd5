import type Stripe from 'stripe'
import { mergeMetadata } from '../core/json.ts'
import { type World, newId } from '../core/world.ts'

/** Company data that the platform prefilled. */
export function newCompany(
  given: NonNullable<Stripe.AccountCreateParams['company']>,
): Stripe.Account.Company {
  return {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.phone === undefined ? {} : { phone: given.phone }),
    directors_provided: given.directors_provided ?? false,
    executives_provided: given.executives_provided ?? false,
    owners_provided: given.owners_provided ?? false,
    tax_id_provided: given.tax_id !== undefined,
  }
}

export function newIndividual(
  world: World,
  account: string,
  given: NonNullable<Stripe.AccountCreateParams['individual']>,
): Stripe.Person {
  const { dob } = given
  return {
    id: newId(world, 'person'),
    object: 'person',
    account,
    created: world.clock.seconds(),
    ...(typeof dob === 'object'
      ? { dob: { day: dob?.day ?? null, month: dob?.month ?? null, year: dob?.year ?? null } }
      : {}),
    email: given.email ?? null,
    first_name: given.first_name ?? null,
    id_number_provided: given.id_number !== undefined,
    last_name: given.last_name ?? null,
    metadata: mergeMetadata({}, given.metadata),
    phone: given.phone ?? null,
    ssn_last_4_provided: given.ssn_last_4 !== undefined,
  }
}
