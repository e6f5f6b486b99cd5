import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { noSuch } from '../core/errors.ts'
import { mergeMetadata, previousAttributes } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { emit } from '../webhooks/emit.ts'

export function retrieveCharge(call: Call): Stripe.Charge {
  return findCharge(call)
}

export function listCharges({ world, params, scope }: Call<Stripe.ChargeListParams>) {
  if (params.customer !== undefined) throw noSuch('customer', params.customer, 'customer', 400)
  return listPage(world.tables.charges, {
    owner: scope,
    params,
    url: '/v1/charges',
    kind: 'charge',
    where: ({ created, payment_intent: intent }) =>
      inRange(created, params.created) &&
      (params.payment_intent === undefined || intent === params.payment_intent),
    view: (charge) => charge,
  })
}

export function updateCharge(call: Call<Stripe.ChargeUpdateParams>): Stripe.Charge {
  const { world, params, scope } = call
  const charge = findCharge(call)
  const { description, receipt_email: email } = params
  const updated = world.tables.charges.replace(charge.id, {
    ...charge,
    ...(description === undefined ? {} : { description }),
    ...(email === undefined ? {} : { receipt_email: email }),
    metadata: mergeMetadata(charge.metadata, params.metadata),
  })
  const previous = previousAttributes(charge, updated)
  if (previous !== undefined) emit(world, { type: 'charge.updated', owner: scope, object: updated, previous })
  return updated
}

function findCharge(call: Call): Stripe.Charge {
  const id = pathId(call)
  const charge = call.world.tables.charges.owned(call.scope, id)
  if (charge === undefined) throw noSuch('charge', id)
  return charge
}
