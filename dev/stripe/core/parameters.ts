import { checkParams, decodeForm } from '../params/check.ts'
import { StripeRefusal } from './errors.ts'

/** The one place where what came over the wire becomes an operation's parameters, or is refused as Stripe refuses it. */
export function readParameters(
  operation: string,
  form: string,
  version: string | null,
): Record<string, unknown> {
  const checked = checkParams(operation, decodeForm(form), version ?? undefined)
  if ('error' in checked) throw new StripeRefusal(checked.status, checked.error, { began: false })
  return checked.params
}

/** An empty string on the wire unsets a parameter; here that reads as null. */
export function unset<T>(value: T | '' | undefined): T | null | undefined {
  return value === '' ? null : value
}
