export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'

/**
 * The part of JSON Schema that describes Stripe's form parameters. There is no `anyOf`: alternatives differ by JSON type and
 * every keyword here speaks of one type only, so a refused value always yields one plain error. The empty string, which unsets
 * a parameter, is allowed where `minLength` does not forbid it.
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

/** Required text may not be only whitespace: `parameter_invalid_string_blank`. */
export const notBlank = '\\S'

export function kindsOf(schema: ParamSchema): readonly Kind[] {
  if (schema.type === undefined) return []
  return typeof schema.type === 'string' ? [schema.type] : schema.type
}
