import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { noSuch } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { openDispute } from './disputes.ts'

/** The card issuer reports suspected fraud before there is a dispute. */
export function openFraudWarning(
  world: World,
  chargeId: string,
  fraudType = 'unauthorized_use_of_card',
): Stripe.Radar.EarlyFraudWarning {
  const charge = world.tables.charges.get(chargeId)
  const owner = world.tables.charges.ownerOf(chargeId)
  if (charge === undefined || owner === undefined) throw noSuch('charge', chargeId)
  const id = newId(world, 'issfr')
  const warning = world.tables.warnings.insert(owner, id, {
    id,
    object: 'radar.early_fraud_warning',
    actionable: !charge.refunded && !charge.disputed,
    charge: charge.id,
    created: world.clock.seconds(),
    fraud_type: fraudType,
    livemode: false,
    ...(charge.payment_intent === null ? {} : { payment_intent: idOf(charge.payment_intent) }),
  })
  emit(world, { type: 'radar.early_fraud_warning.created', owner, object: warning })
  return warning
}

/** Opens the dispute or warning that the charge's test card stands for. */
export function applyCardRisk(world: World, chargeId: string): void {
  const charge = world.tables.charges.get(chargeId)
  const means = world.tables.paymentMethods.get(charge?.payment_method ?? '')?.means
  if (charge === undefined || means?.kind !== 'card' || !charge.captured) return
  if (means.card.earlyFraudWarning === true) openFraudWarning(world, chargeId)
  const { dispute } = means.card
  if (dispute === undefined || charge.disputed) return
  openDispute(world, chargeId, {
    reason: dispute === 'product_not_received' ? 'product_not_received' : 'fraudulent',
    inquiry: dispute === 'inquiry',
  })
}

export function retrieveWarning(call: Call): Stripe.Radar.EarlyFraudWarning {
  const id = pathId(call)
  const warning = call.world.tables.warnings.owned(call.scope, id)
  if (warning === undefined) throw noSuch('early fraud warning', id)
  return warning
}

export function listWarnings({ world, params, scope }: Call<Stripe.Radar.EarlyFraudWarningListParams>) {
  return listPage(world.tables.warnings, {
    owner: scope,
    params,
    url: '/v1/radar/early_fraud_warnings',
    kind: 'early fraud warning',
    where: ({ created, charge, payment_intent: intent }) =>
      inRange(created, params.created) &&
      (params.charge === undefined || charge === params.charge) &&
      (params.payment_intent === undefined || intent === params.payment_intent),
    view: (warning) => warning,
  })
}
