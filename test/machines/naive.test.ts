import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { COMPARED, comparison } from '../support/convergence/compare.ts'

it('the README has the current comparison with naive approaches (else paste what `npm run bench:naive` prints)', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(comparison(COMPARED))
}, 60_000)
