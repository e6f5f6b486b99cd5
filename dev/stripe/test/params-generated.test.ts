import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { generateSchemas, schemasFile } from '../src/params/generate.ts'

interface Line {
  readonly name: string
  readonly schema: Record<string, unknown>
}

const committed = readFileSync(schemasFile, 'utf8')
const lines: Line[] = committed
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

describe('schemas.jsonl', () => {
  it('is what the installed stripe-node types make: run `npm run generate` after changing them', () => {
    expect(generateSchemas() === committed).toBe(true)
  })

  it('holds only valid JSON Schema, and no name twice', () => {
    const ajv = new Ajv({ strict: false })
    for (const { name, schema } of lines) expect(ajv.validateSchema(schema), name).toBe(true)
    expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length)
  })

  it('refers only to what it holds, and holds nothing that is not used', () => {
    const used = new Set(Array.from(committed.matchAll(/"\$ref":"([^"]+)"/g), ([, name]) => name))
    const shared = lines.map(({ name }) => name).filter((name) => !name.includes(' '))
    expect(used).toEqual(new Set(shared))
  })

  it('stays small enough to read at every start', () => {
    expect(committed.length).toBeLessThan(256 * 1024)
  })
})
