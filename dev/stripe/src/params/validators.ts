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
  allErrors: true, // Stripe's error is not always ajv's first one.
  verbose: true, // The messages quote the wrong value and its schema.
  strict: false, // Allows `$ref` beside `type`, which the shared schemas need.
  validateSchema: false, // A test validates the schemas, which saves time at each start.
  formats: { decimal: /^-?\d+(\.\d+)?$/ },
})
for (const [name, schema] of schemas) {
  // Nothing refers to the schema of an operation ("POST /v1/…"). It is compiled on its own.
  if (!name.includes(' ')) ajv.addSchema(schema, name)
}

export const operations: readonly string[] = Array.from(schemas.keys()).filter((name) => name.includes(' '))

/** Operations are compiled on first use, since compiling them all would delay each start. */
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
  if (schema === undefined) throw new Error(`there is no operation or schema "${name}"`)
  return schema
}
