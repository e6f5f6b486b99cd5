import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkParams } from '../src/params/check.ts'
import { decodeForm } from '../src/params/decode-form.ts'
import { type Kind, type ParamSchema, kindsOf, notBlank } from '../src/params/param-schema.ts'
import { findSchema, operations } from '../src/params/validators.ts'
import { recorder } from './params-recorder.ts'

type Params = Record<string, unknown>

/** stripe-node can send any form by POST only. It encodes queries with the same code. */
const posts = operations.filter((operation) => operation.startsWith('POST'))

describe.each(posts)('%s', (operation) => {
  it('any valid parameters that stripe-node encodes are decoded to the same values', async () => {
    const [method = '', path = ''] = operation.split(' ')
    await fc.assert(
      fc.asyncProperty(objectOf(findSchema(operation)), async (params) => {
        const { stripe, calls } = recorder()
        await stripe.rawRequest(method, path.replaceAll(/:\w+/g, 'id_1'), params)
        expect(checkParams(operation, decodeForm(calls[0]?.form ?? ''), '2026-10-28.endive')).toEqual({
          params,
        })
      }),
      { numRuns: 25 },
    )
  })
})

/** Names that a form can carry: brackets mean nesting, and qs drops `__proto__`. */
const freeName = fc
  .string({ minLength: 1, maxLength: 40 })
  .filter((name) => !/[[\]]/.test(name) && name !== '__proto__')

function objectOf(schema: ParamSchema): fc.Arbitrary<Params> {
  const rest = schema.additionalProperties
  if (typeof rest === 'object') {
    return fc.dictionary(freeName, valueOf(rest), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  }
  const required = schema.required ?? []
  const known = Object.entries(schema.properties ?? {}).filter(([, property]) => leavesTrace(property))
  const optional = known.map(([name]) => name).filter((name) => !required.includes(name))
  const least = required.length === 0 && optional.length > 0 ? 1 : 0
  return fc
    .subarray(optional, { minLength: least, maxLength: Math.min(3, optional.length) })
    .chain((chosen) => {
      const wanted = known.filter(([name]) => required.includes(name) || chosen.includes(name))
      const values = Object.fromEntries(wanted.map(([name, property]) => [name, valueOf(property)]))
      return fc.record(values, { noNullPrototype: true })
    })
}

/** A form cannot carry an object without fields. Some of Stripe's objects have no fields yet. */
function leavesTrace(schema: ParamSchema): boolean {
  const { properties, additionalProperties } = resolved(schema)
  return (
    !kindsOf(schema).includes('object') ||
    properties !== undefined ||
    typeof additionalProperties === 'object'
  )
}

function valueOf(reference: ParamSchema): fc.Arbitrary<unknown> {
  const schema = resolved(reference)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const values: Record<Kind, () => fc.Arbitrary<unknown>> = {
    integer: () => fc.maxSafeInteger(),
    number: () => fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
    boolean: () => fc.boolean(),
    array: () => fc.array(valueOf(schema.items ?? {}), { minLength: 1, maxLength: 3 }),
    object: () => objectOf(schema),
    string: () => textOf(schema),
  }
  return fc.oneof(...kindsOf(schema).map((kind) => values[kind]()))
}

function textOf({ minLength = 0, maxLength = 50, pattern, format }: ParamSchema): fc.Arbitrary<string> {
  if (format === 'decimal') return fc.integer().map((hundreds) => (hundreds / 100).toFixed(2))
  if (pattern !== undefined && pattern !== notBlank) return fc.stringMatching(new RegExp(pattern))
  const text = fc.string({ unit: 'binary', minLength, maxLength })
  return pattern === undefined ? text : text.filter((candidate) => /\S/.test(candidate))
}

function resolved(schema: ParamSchema): ParamSchema {
  return schema.$ref === undefined ? schema : { ...findSchema(schema.$ref), ...schema }
}
