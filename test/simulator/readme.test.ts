import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { STATES } from '../../dev/stripe/accounts/bulk.ts'
import { MOVES } from '../../dev/stripe/accounts/moves.ts'
import { OUTCOMES } from '../../dev/stripe/accounts/onboarding.ts'
import { DEFAULT_SWITCHES } from '../../dev/stripe/core/switches.ts'
import { ORDERLY } from '../../dev/stripe/webhooks/delivery.ts'

const readme = readFileSync(new URL('../../dev/stripe/README.md', import.meta.url), 'utf8')

it('tells of every switch, delivery mode, move, outcome and state', () => {
  const names = [...Object.keys(DEFAULT_SWITCHES), ...Object.keys(ORDERLY), ...MOVES, ...OUTCOMES, ...STATES]
  expect(names.filter((name) => !readme.includes(name))).toEqual([])
})
