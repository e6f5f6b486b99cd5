import type { ParamSchema } from './param-schema.ts'

/**
 * A parameter that the API has removed. The schemas have the newest version. In requests at older versions, the parameter is
 * checked like its successor.
 */
interface Removal {
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
 * Versions begin with their date. A request without a version gets the account's default version. The simulator assumes an old
 * one, since the Stripe CLI's triggers send no version and use removed parameters.
 */
export function isRemoved(removal: Removal, apiVersion: string | undefined): boolean {
  return apiVersion !== undefined && apiVersion >= removal.since
}

export function withRemoved({ param, successor }: Removal, schema: ParamSchema): ParamSchema {
  const like = schema.properties?.[successor]
  if (like === undefined) throw new Error(`there is no parameter ${successor} to check ${param} like`)
  return { ...schema, properties: { ...schema.properties, [param]: like } }
}
