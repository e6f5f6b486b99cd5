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
  it("the file matches stripe-node's types; `npm run generate` updates it", () => {
    expect(generateSchemas() === committed).toBe(true)
  })

  it('each line is valid JSON Schema with a unique name', () => {
    const ajv = new Ajv({ strict: false })
    for (const { name, schema } of lines) expect(ajv.validateSchema(schema), name).toBe(true)
    expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length)
  })

  it('every reference has a schema, and every shared schema is used', () => {
    const used = new Set(Array.from(committed.matchAll(/"\$ref":"([^"]+)"/g), ([, name]) => name))
    const shared = lines.map(({ name }) => name).filter((name) => !name.includes(' '))
    expect(used).toEqual(new Set(shared))
  })

  it('the file is smaller than 256 KiB, since each start reads it', () => {
    expect(committed.length).toBeLessThan(256 * 1024)
  })
})
