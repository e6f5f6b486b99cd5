import { readFile } from 'node:fs/promises'
import { expect, inject, it } from 'vitest'

it('the Worker’s bundle contains neither the embedded database nor the code of other runtimes', async () => {
  const bundle = await readFile(inject('workerBundle'), 'utf8')
  expect(bundle).toContain('// src/store/database.ts')
  for (const absent of [
    'src/store/embedded.ts',
    'src/service.ts',
    'node_modules/libsql',
    '@hono/node-server',
  ])
    expect(bundle).not.toContain(absent)
})
