export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'

/**
 * The part of JSON Schema that describes Stripe's form parameters. There is no `anyOf`: alternatives differ by JSON type, and
 * each keyword applies to one type. So a wrong value gives one clear error. The empty string unsets a parameter; `minLength`
 * forbids it.
 */
export interface ParamSchema {
  readonly type?: Kind | readonly Kind[]
  readonly enum?: readonly (string | boolean)[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: 'decimal'
  readonly items?: ParamSchema
  readonly properties?: Readonly<Record<string, ParamSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false | ParamSchema
  readonly $ref?: string
}

/** A required text may not be blank: `parameter_invalid_string_blank`. */
export const notBlank = '\\S'

export function kindsOf(schema: ParamSchema): readonly Kind[] {
  if (schema.type === undefined) return []
  return typeof schema.type === 'string' ? [schema.type] : schema.type
}
