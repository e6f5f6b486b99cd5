import { coerce } from './coerce.ts'
import type { ParamsOf } from './operations.ts'
import { type StripeError, errorWithCode, refuse } from './refusals.ts'
import { isRemoved, removalFrom, withRemoved } from './removed.ts'
import { type Validator, findSchema, validatorFor } from './validators.ts'

export { decodeForm } from './decode-form.ts'

export type Checked<O extends string> =
  | { readonly params: ParamsOf<O> }
  | { readonly error: StripeError; readonly status: 400 }

/**
 * Checks decoded form parameters as Stripe's API does at stripe-node's API version. The returned `params` have the types that
 * the operation declares, with '' where the caller clears a parameter. `operation` is a key of operations.ts.
 */
export function checkParams<O extends string>(
  operation: O,
  params: Record<string, unknown>,
  apiVersion?: string,
): Checked<O> {
  const removal = removalFrom(operation)
  if (removal !== undefined && isRemoved(removal, apiVersion) && Object.hasOwn(params, removal.param)) {
    const message = `The parameter \`${removal.param}\` is no longer supported since API version ${removal.since}. Use \`${removal.successor}\` or manage payment methods in the Dashboard.`
    return { error: errorWithCode(removal.code, removal.param, message), status: 400 }
  }
  const validator =
    removal === undefined || isRemoved(removal, apiVersion)
      ? validatorFor(operation, () => findSchema(operation))
      : validatorFor(`${operation} before ${removal.since}`, () =>
          withRemoved(removal, findSchema(operation)),
        )
  const typed = coerce(params, validator.schema, findSchema)
  if (accepts<O>(validator, typed)) return { params: typed }
  return { error: refuse(validator.validate.errors ?? []), status: 400 }
}

function accepts<O extends string>({ validate }: Validator, params: unknown): params is ParamsOf<O> {
  return validate(params)
}
