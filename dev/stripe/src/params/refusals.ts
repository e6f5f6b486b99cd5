import type { ErrorObject } from 'ajv'
import { didYouMean } from './did-you-mean.ts'
import { type ParamSchema, kindsOf, notBlank } from './param-schema.ts'

/**
 * Stripe's error about a wrong parameter. The texts are from answers that were quoted in public. Errors about types and enums
 * have no `code`. https://docs.stripe.com/error-codes lists the codes.
 */
export interface StripeError {
  readonly type: 'invalid_request_error'
  readonly code?: string
  readonly doc_url?: string
  readonly message: string
  readonly param: string
}

type Path = readonly string[]

/** Reports unknown parameters first, then wrong values, then missing parameters. */
export function refuse(errors: readonly ErrorObject[]): StripeError {
  const unknown = errors.filter((error) => error.keyword === 'additionalProperties')
  if (unknown.length > 0) return refuseUnknown(unknown)
  const wrong = errors.find((error) => error.keyword !== 'required')
  if (wrong !== undefined) return refuseValue(pathOf(wrong), wrong)
  const [missing] = errors
  if (missing === undefined) throw new Error('there is no error to report')
  const param = bracketed([...pathOf(missing), String(missing.params['missingProperty'])])
  return errorWithCode('parameter_missing', param, `Missing required param: ${param}.`)
}

/** https://github.com/stripe/stripe-cli/pull/1317, https://github.com/activemerchant/active_merchant/issues/5165 */
function refuseUnknown(errors: readonly ErrorObject[]): StripeError {
  const names = errors.map((error) => bracketed([...pathOf(error), extraOf(error)]))
  const [first] = errors
  const [param] = names
  if (first === undefined || param === undefined) throw new Error('there is no unknown parameter')
  if (names.length > 1)
    return errorWithCode('parameter_unknown', param, `Received unknown parameters: ${names.join(', ')}`)
  const meant = didYouMean(extraOf(first), Object.keys(schemaOf(first).properties ?? {}))
  const hint = meant === undefined ? '' : `. Did you mean ${meant}?`
  return errorWithCode('parameter_unknown', param, `Received unknown parameter: ${param}${hint}`)
}

function refuseValue(path: Path, error: ErrorObject): StripeError {
  const param = bracketed(path)
  const value: unknown = error.data
  const schema = schemaOf(error)
  // https://github.com/stripe/stripe-dotnet/issues/1828
  if (value === '') {
    return errorWithCode(
      'parameter_invalid_empty',
      param,
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
    )
  }
  if (error.keyword === 'pattern' && schema.pattern === notBlank) {
    return errorWithCode(
      'parameter_invalid_string_blank',
      param,
      `The value of '${param}' only includes whitespace.`,
    )
  }
  const kind = expectedKind(schema, value)
  if (kind === 'integer')
    return errorWithCode('parameter_invalid_integer', param, `Invalid integer: ${inspect(value)}`)
  if (kind === 'enum')
    return errorWithoutCode(param, `Invalid ${param}: must be one of ${joinChoices(schema.enum ?? [])}`)
  // https://github.com/stripe/stripe-cli/issues/980, https://github.com/stripe/stripe-cli/issues/47
  if (kind === 'object' || kind === 'array') return errorWithoutCode(param, `Invalid ${kind}`)
  return errorWithoutCode(param, `Invalid ${kind}: ${inspect(value)}`)
}

/** The type that the wrong value was probably meant to have. */
function expectedKind(
  schema: ParamSchema,
  value: unknown,
): 'integer' | 'decimal' | 'boolean' | 'string' | 'enum' | 'object' | 'array' {
  const kinds = kindsOf(schema)
  if (schema.enum?.every((choice) => typeof choice === 'boolean' || choice === '')) return 'boolean'
  const isText = typeof value === 'string'
  if (schema.enum !== undefined) return isText ? 'enum' : 'string'
  if (!isText && kinds.includes('object')) return 'object'
  if (!isText && kinds.includes('array')) return 'array'
  if (kinds.includes('integer')) return 'integer'
  if (kinds.includes('number') || schema.format === 'decimal') return 'decimal'
  if (kinds.includes('boolean')) return 'boolean'
  if (kinds.includes('array')) return 'array'
  return kinds.includes('object') ? 'object' : 'string'
}

export function errorWithCode(code: string, param: string, message: string): StripeError {
  const doc_url = `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`
  return { type: 'invalid_request_error', code, doc_url, message, param }
}

function errorWithoutCode(param: string, message: string): StripeError {
  return { type: 'invalid_request_error', message, param }
}

/** "a or b", "a, b, or c": https://github.com/stripe/stripe-java/issues/1314 */
function joinChoices(choices: readonly (string | boolean)[]): string {
  const words = choices.filter((choice) => choice !== '').map(String)
  if (words.length < 3) return words.join(' or ')
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`
}

/** Stripe quotes values other than texts in Ruby's notation: https://github.com/stripe/stripe-dotnet/issues/178 */
function inspect(value: unknown): string {
  return typeof value === 'object' && value !== null ? inspectNested(value) : String(value)
}

function inspectNested(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inspectNested).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, child]) => `${JSON.stringify(name)}=>${inspectNested(child)}`)
    .join(', ')}}`
}

function bracketed([first = '', ...rest]: Path): string {
  return first + rest.map((name) => `[${name}]`).join('')
}

function pathOf(error: ErrorObject): Path {
  const names = error.instancePath.split('/').slice(1)
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function extraOf(error: ErrorObject): string {
  return String(error.params['additionalProperty'])
}

/** With `verbose`, ajv reports the schema that refused the value. Its type is any object. */
function schemaOf(error: ErrorObject): ParamSchema {
  const schema: unknown = error.parentSchema
  return isSchema(schema) ? schema : {}
}

function isSchema(value: unknown): value is ParamSchema {
  return typeof value === 'object' && value !== null
}
