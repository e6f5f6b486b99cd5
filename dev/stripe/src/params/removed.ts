import type { ParamSchema } from './param-schema.ts'

/**
 * A parameter the API stopped taking at some version. The schemas are those of the newest version, so what older requests may
 * still send has to be put back: it is checked like the parameter that took its place.
 */
export interface Removal {
  readonly param: string
  readonly since: string
  readonly code: string
  readonly successor: string
}

/**
 * https://docs.stripe.com/changelog/endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents
 * https://docs.stripe.com/changelog/endive/2026-09-30/remove-payment-method-types-checkout-sessions
 */
const paymentMethodTypes: Removal = {
  param: 'payment_method_types',
  since: '2026-09-30',
  code: 'payment_method_types_no_longer_supported',
  successor: 'allowed_payment_method_types',
}

const removals: ReadonlyMap<string, Removal> = new Map([
  ['POST /v1/payment_intents', paymentMethodTypes],
  ['POST /v1/payment_intents/:id', paymentMethodTypes],
  ['POST /v1/payment_intents/:id/confirm', paymentMethodTypes],
  ['POST /v1/checkout/sessions', paymentMethodTypes],
])

export function removalFrom(operation: string): Removal | undefined {
  return removals.get(operation)
}

/**
 * Versions begin with their date. A request that names none is answered at its account's default version, which the simulator
 * takes to be an old one: the Stripe CLI's triggers name none and send what has since been removed.
 */
export function isGone(removal: Removal, apiVersion: string | undefined): boolean {
  return apiVersion !== undefined && apiVersion >= removal.since
}

export function putBack({ param, successor }: Removal, schema: ParamSchema): ParamSchema {
  const like = schema.properties?.[successor]
  if (like === undefined) throw new Error(`${param} cannot be checked like ${successor}, which is not there`)
  return { ...schema, properties: { ...schema.properties, [param]: like } }
}
