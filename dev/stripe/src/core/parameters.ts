import { checkParams, decodeForm } from '../params/check.ts'
import { isHash } from './diff.ts'
import { StripeRefusal } from './errors.ts'

/** The one place where what came over the wire becomes an operation's parameters, or is refused as Stripe refuses it. */
export function readParameters(operation: string, form: string, version: string | null): object {
  const checked = checkParams(operation, decodeForm(form), version ?? undefined)
  if ('error' in checked) throw new StripeRefusal(checked.status, checked.error, { began: false })
  return withNulls(underNewName(checked.params))
}

/** What a request at an older version still calls by its old name. */
function underNewName(params: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { payment_method_types: types, ...rest } = params
  return types === undefined ? params : { ...rest, allowed_payment_method_types: types }
}

/** An empty string is how a form says null; the check has let it through only where a parameter may be unset. */
function withNulls(hash: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(hash).map(([name, value]) => [name, withNull(value)]))
}

function withNull(value: unknown): unknown {
  if (value === '') return null
  if (Array.isArray(value)) return value.map(withNull)
  return isHash(value) ? withNulls(value) : value
}
