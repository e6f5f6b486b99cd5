import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGenerator } from 'ts-json-schema-generator'
import { type RawDefinitions, flattenSchema } from './flatten.ts'
import type { ParamSchema } from './param-schema.ts'
import { shareSchemas } from './share.ts'

/**
 * `npm run generate` writes schemas.jsonl from the types in operations.ts: one named schema per line, the operations first.
 * Run it after a change of operations.ts or of the stripe package.
 */
export const schemasFile = join(import.meta.dirname, 'schemas.jsonl')

export function generateSchemas(): string {
  const definitions = readOperationTypes()
  const operations = new Map<string, ParamSchema>()
  const table = definitions['Operations']
  if (typeof table !== 'object' || table.properties === undefined)
    throw new Error('no Operations in operations.ts')
  for (const [operation, type] of Object.entries(table.properties)) {
    operations.set(operation, { ...flattenSchema(type, definitions), type: 'object' })
  }
  return [...shareSchemas(operations)]
    .map(([name, schema]) => `${JSON.stringify({ name, schema })}\n`)
    .join('')
}

function readOperationTypes(): RawDefinitions {
  const work = mkdtempSync(join(tmpdir(), 'stripe-params-'))
  try {
    const tsconfig = join(work, 'tsconfig.json')
    const operations = join(import.meta.dirname, 'operations.ts')
    const options = {
      strict: true,
      noEmit: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
      paths: { stripe: [join(copyStripeTypes(work), 'stripe.esm.node.d.ts')] },
    }
    writeFileSync(tsconfig, JSON.stringify({ compilerOptions: options, files: [operations] }))
    const generator = createGenerator({
      path: operations,
      tsconfig,
      type: 'Operations',
      jsDoc: 'extended', // The descriptions tell decimals from integers.
      additionalProperties: false,
      skipTypeCheck: true,
    })
    return generator.createSchema('Operations').definitions ?? {}
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * stripe-node adds `OtherString` to enums that may grow, for unknown values in answers. A request may send only the values of
 * its version, so this copy removes the type.
 */
function copyStripeTypes(work: string): string {
  const source = dirname(fileURLToPath(import.meta.resolve('stripe')))
  const copy = join(work, 'stripe')
  cpSync(source, copy, {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || path.endsWith('.d.ts'),
  })
  const shared = join(copy, 'shared.d.ts')
  const before = readFileSync(shared, 'utf8')
  const after = before.replace(/^export type OtherString = .*;$/m, 'export type OtherString = never;')
  if (after === before) throw new Error('stripe-node no longer declares OtherString where it used to')
  writeFileSync(shared, after)
  return copy
}

if (import.meta.main) writeFileSync(schemasFile, generateSchemas())
