import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { COMPARED, comparison } from '../support/convergence/compare.ts'

it('the table in bench/README.md is what `npm run bench:naive` prints', async () => {
  const readme = await readFile(new URL('../../bench/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(comparison(COMPARED))
}, 60_000)
