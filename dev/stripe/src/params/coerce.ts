import { type ParamSchema, kindsOf } from './param-schema.ts'

const integer = /^-?\d+$/
const decimal = /^-?\d+(\.\d+)?$/

/**
 * Converts the texts of a form to the types of the schema. A text that does not fit stays as it is, and the validator refuses
 * it. Ajv's own coercion would accept `1e3`, ` 5` and `0x10` as integers and turn an unset number into 0.
 */
export function coerce(value: unknown, schema: ParamSchema, find: (name: string) => ParamSchema): unknown {
  const fields = schema.$ref === undefined ? schema : find(schema.$ref)
  // A reference to a shared enum has no type beside it. A reference to a shared object has one.
  if (typeof value === 'string') return coerceText(value, schema.type === undefined ? fields : schema)
  if (typeof value !== 'object' || value === null) return value
  const items = schema.items
  if (items !== undefined) {
    const list = toList(value)
    return list === undefined ? value : list.map((item) => coerce(item, items, find))
  }
  if (!kindsOf(schema).includes('object')) return value
  // Numeric keys are allowed in a free hash (metadata), not in an object with named fields.
  if (Array.isArray(value) && fields.properties !== undefined) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      const field = fieldOf(fields, name)
      return [name, field === undefined ? child : coerce(child, field, find)]
    }),
  )
}

function fieldOf({ properties, additionalProperties }: ParamSchema, name: string): ParamSchema | undefined {
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

function coerceText(text: string, schema: ParamSchema): unknown {
  const kinds = kindsOf(schema)
  const number = Number(text)
  if (kinds.includes('integer') && integer.test(text) && Number.isSafeInteger(number)) return number
  if (kinds.includes('number') && decimal.test(text)) return number
  if (kinds.includes('boolean') || schema.enum?.includes(true)) {
    if (text === 'true') return true
    if (text === 'false') return false
  }
  return text
}

/** Stripe accepts `a[0]=…&a[1]=…` as a list, with any first number and in any order. */
function toList(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value.filter(() => true) // Removes the holes of a sparse array.
  const entries = Object.entries(value)
  if (!entries.every(([index]) => /^\d+$/.test(index))) return undefined
  return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item)
}
