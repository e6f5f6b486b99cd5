import { kindsOf, type ParamSchema } from './param-schema.ts'

const integer = /^-?\d+$/
const decimal = /^-?\d+(\.\d+)?$/

/**
 * Gives the text of a form the types the schema asks for. What does not fit is left as it is, for the validator to refuse: ajv's
 * own coercion would take `1e3`, ` 5` and `0x10` for integers and turn an unset number into 0.
 */
export function coerce(value: unknown, schema: ParamSchema, find: (name: string) => ParamSchema): unknown {
  const fields = schema.$ref === undefined ? schema : find(schema.$ref)
  // A shared list of choices stands alone; a shared object is referred to beside its type.
  if (typeof value === 'string') return coerceText(value, schema.type === undefined ? fields : schema)
  if (typeof value !== 'object' || value === null) return value
  const items = schema.items
  if (items !== undefined) {
    const list = toList(value)
    return list === undefined ? value : list.map((item) => coerce(item, items, find))
  }
  if (!kindsOf(schema).includes('object')) return value
  // Numbers may be keys where keys are free (metadata), not where they are named.
  if (Array.isArray(value) && fields.properties !== undefined) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      const its = fieldOf(fields, name)
      return [name, its === undefined ? child : coerce(child, its, find)]
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

/** Stripe takes `a[0]=…&a[1]=…` for a list, wherever the numbers begin and in whatever order they come. */
function toList(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value.filter(() => true) // Without the holes.
  const entries = Object.entries(value)
  if (!entries.every(([index]) => /^\d+$/.test(index))) return undefined
  return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item)
}
