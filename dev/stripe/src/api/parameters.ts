import { StripeRefusal } from '../core/errors.ts'
import { isHash } from '../core/json.ts'
import { checkParams } from '../params/check.ts'
import { decodeForm } from '../params/decode-form.ts'

/** Decodes and checks a request's form. A wrong parameter is refused as Stripe refuses it. */
export function readParameters(operation: string, form: string, version: string | null): object {
  const checked = checkParams(operation, decodeForm(form), version ?? undefined)
  if ('error' in checked) throw new StripeRefusal(checked.status, checked.error, { began: false })
  return withNulls(withCurrentNames(checked.params))
}

/** Requests at older API versions use an old parameter name. */
function withCurrentNames(params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { payment_method_types: types, ...rest } = params
  return types === undefined ? params : { ...rest, allowed_payment_method_types: types }
}

/** A form writes null as an empty string. The check has accepted it only where the parameter may be unset. */
function withNulls(hash: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(hash).map(([name, value]) => [name, withNull(value)]))
}

function withNull(value: unknown): unknown {
  if (value === '') return null
  if (Array.isArray(value)) return value.map(withNull)
  return isHash(value) ? withNulls(value) : value
}
