import type { Schema } from 'ts-json-schema-generator'
import { type Kind, type ParamSchema, notBlank } from './param-schema.ts'

export type RawDefinitions = NonNullable<Schema['definitions']>
type RawSchema = RawDefinitions[string]

/** The alternatives of one parameter, from unions, aliases and enums. */
interface Alternatives {
  unset: boolean
  text: boolean
  decimalText: boolean
  integer: boolean
  decimal: boolean
  boolean: boolean
  choices: string[]
  list: ParamSchema | undefined
  object: ParamSchema | undefined
}

/**
 * Converts the output of ts-json-schema-generator for one parameter type into the flat form. References are resolved, since
 * parameter types do not recurse. A type that a form cannot carry is an error.
 */
export function flattenSchema(raw: RawSchema, definitions: RawDefinitions, required = false): ParamSchema {
  const found: Alternatives = {
    unset: false,
    text: false,
    decimalText: false,
    integer: false,
    decimal: false,
    boolean: false,
    choices: [],
    list: undefined,
    object: undefined,
  }
  gather(raw, definitions, found, '')
  return compose(found, required)
}

function gather(raw: RawSchema, definitions: RawDefinitions, found: Alternatives, outerDoc: string): void {
  if (typeof raw === 'boolean') throw new Error('a parameter of any type')
  // The parameter's own documentation comes before that of a type alias.
  const doc = outerDoc === '' ? (raw.description ?? '') : outerDoc
  if (raw.$ref !== undefined) {
    const name = decodeURIComponent(raw.$ref.replace('#/definitions/', ''))
    const target = definitions[name]
    if (target === undefined) throw new Error(`no definition ${name}`)
    // stripe-node's class for exact decimals. The API sends a text.
    if (name === 'Decimal') found.decimalText = true
    else gather(target, definitions, found, doc)
    return
  }
  if (raw.anyOf !== undefined) {
    for (const alternative of raw.anyOf) gather(alternative, definitions, found, doc)
    return
  }
  const literals = raw.const === undefined ? raw.enum : [raw.const]
  if (literals !== undefined) {
    for (const literal of literals) gatherLiteral(literal, found)
    return
  }
  for (const type of typeof raw.type === 'string' ? [raw.type] : (raw.type ?? [])) {
    gatherType(type, raw, definitions, found, doc)
  }
}

/** stripe-node's types write "unset" as null. The API writes it as an empty string. */
function gatherLiteral(literal: unknown, found: Alternatives): void {
  if (literal === null || literal === '') found.unset = true
  else if (typeof literal === 'string') found.choices.push(literal)
  else if (typeof literal === 'boolean') found.boolean = true
  else throw new Error(`a form cannot carry this literal: ${JSON.stringify(literal)}`)
}

function gatherType(
  type: string,
  raw: Schema,
  definitions: RawDefinitions,
  found: Alternatives,
  doc: string,
): void {
  if (type === 'null') found.unset = true
  else if (type === 'string') found.text = true
  else if (type === 'boolean') found.boolean = true
  // TypeScript has one number type. The documentation tells decimals from integers.
  else if (type === 'number') found[/^A non-negative decimal\b/.test(doc) ? 'decimal' : 'integer'] = true
  else if (type === 'array') found.list = flattenSchema(itemsOf(raw), definitions)
  else if (type === 'object') found.object = merge(found.object, flattenObject(raw, definitions))
  else throw new Error(`a form cannot carry this type: ${type}`)
}

function itemsOf(raw: Schema): RawSchema {
  if (raw.items === undefined || Array.isArray(raw.items))
    throw new Error('a list with items of several types')
  return raw.items
}

function flattenObject(raw: Schema, definitions: RawDefinitions): ParamSchema {
  const required = raw.required ?? []
  const properties = Object.entries(raw.properties ?? {})
  const rest = raw.additionalProperties
  return {
    ...(properties.length > 0 && {
      properties: Object.fromEntries(
        properties.map(([name, property]) => [
          name,
          flattenSchema(property, definitions, required.includes(name)),
        ]),
      ),
    }),
    ...(required.length > 0 && { required }),
    additionalProperties: typeof rest === 'object' ? flattenSchema(rest, definitions) : false,
  }
}

/** Merges two objects of one union (a bank account or a card). Fields of either are allowed, fields of both required. */
function merge(one: ParamSchema | undefined, other: ParamSchema): ParamSchema {
  if (one === undefined) return other
  const properties = { ...one.properties }
  for (const [name, property] of Object.entries(other.properties ?? {})) {
    const known = properties[name]
    const choices = [...new Set([...(known?.enum ?? []), ...(property.enum ?? [])])]
    properties[name] = choices.length > 0 ? { enum: choices } : property
  }
  const required = (one.required ?? []).filter((name) => other.required?.includes(name))
  return { properties, ...(required.length > 0 && { required }), additionalProperties: false }
}

function compose(found: Alternatives, required: boolean): ParamSchema {
  const others: Kind[] = []
  if (found.integer && !found.text) others.push('integer')
  if (found.decimal) others.push('number')
  if (found.list !== undefined) others.push('array')
  if (found.object !== undefined) others.push('object')

  if (others.length === 0 && !found.text && !found.decimalText) {
    if (found.boolean && found.choices.length === 0 && !found.unset) return { type: 'boolean' }
    return {
      enum: [...(found.boolean ? [true, false] : []), ...found.choices, ...(found.unset ? [''] : [])],
    }
  }
  if (found.boolean) others.push('boolean')

  const kinds: Kind[] = [...others]
  let text: Pick<ParamSchema, 'minLength' | 'maxLength' | 'pattern' | 'format'> = {}
  if (found.text)
    text = { ...(!found.unset && { minLength: 1 }), ...(required && !found.unset && { pattern: notBlank }) }
  else if (found.decimalText) text = { ...(!found.unset && { minLength: 1 }), format: 'decimal' }
  else if (found.choices.length > 0)
    text = { pattern: `^(${[...found.choices, ...(found.unset ? [''] : [])].join('|')})$` }
  else if (found.unset) text = { maxLength: 0 }
  if (found.text || found.decimalText || found.choices.length > 0 || found.unset) kinds.push('string')

  const [only] = kinds
  return {
    type: kinds.length === 1 && only !== undefined ? only : kinds,
    ...text,
    ...(found.list !== undefined && { items: found.list }),
    ...found.object,
  }
}
