import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import type { ParamSchema } from './param-schema.ts'

interface Named {
  readonly name: string
  readonly schema: ParamSchema
}

export interface Validator {
  readonly schema: ParamSchema
  readonly validate: ValidateFunction
}

const schemas = new Map<string, ParamSchema>()
for (const line of readFileSync(join(import.meta.dirname, 'schemas.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')) {
  const { name, schema }: Named = JSON.parse(line)
  schemas.set(name, schema)
}

const ajv = new Ajv({
  allErrors: true, // The refusal Stripe would pick is not always the first one found.
  verbose: true, // Messages quote the refused value and the schema that refused it.
  strict: false, // A reference beside `type` is meant: the type differs from use to use, the fields do not.
  validateSchema: false, // The test of the generator does this once; here it would cost every start.
  formats: { decimal: /^-?\d+(\.\d+)?$/ },
})
for (const [name, schema] of schemas) {
  // Operations ("POST /v1/…") are compiled one by one, and nothing refers to them.
  if (!name.includes(' ')) ajv.addSchema(schema, name)
}

export const operations: readonly string[] = Array.from(schemas.keys()).filter((name) => name.includes(' '))

/** Compiled on first use: one operation costs milliseconds, all of them together would delay every start. */
const compiled = new Map<string, Validator>()

export function validatorFor(name: string, schemaOf: () => ParamSchema): Validator {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const schema = schemaOf()
  const validator = { schema, validate: ajv.compile(schema) }
  compiled.set(name, validator)
  return validator
}

export function findSchema(name: string): ParamSchema {
  const schema = schemas.get(name)
  if (schema === undefined) throw new Error(`no operation and no schema is called "${name}"`)
  return schema
}
