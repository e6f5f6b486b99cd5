import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGenerator } from 'ts-json-schema-generator'
import { flatten, type RawDefinitions } from './flatten.ts'
import type { ParamSchema } from './param-schema.ts'
import { share } from './share.ts'

/**
 * `npm run generate` rewrites schemas.jsonl from the types operations.ts names: one named schema a line, the
 * operations first. Run it after changing operations.ts or the stripe package.
 */
export const schemasFile = join(import.meta.dirname, 'schemas.jsonl')

export function generateSchemas(): string {
  const definitions = readOperationTypes()
  const operations = new Map<string, ParamSchema>()
  const table = definitions['Operations']
  if (typeof table !== 'object' || table.properties === undefined)
    throw new Error('no Operations in operations.ts')
  for (const [operation, type] of Object.entries(table.properties)) {
    operations.set(operation, { ...flatten(type, definitions), type: 'object' })
  }
  return [...share(operations)].map(([name, schema]) => `${JSON.stringify({ name, schema })}\n`).join('')
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
      jsDoc: 'extended', // Descriptions tell decimals from integers; nothing else of them is kept.
      additionalProperties: false,
      skipTypeCheck: true,
    })
    return generator.createSchema('Operations').definitions ?? {}
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * stripe-node joins `OtherString` to enums that may grow, so that reading an unknown value is no type error. A request pinned at
 * this version may send only what this version has: in the copy the name stands for nothing.
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
