import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { STATES } from '../../dev/stripe/accounts/bulk.ts'
import { MOVES } from '../../dev/stripe/accounts/moves.ts'
import { OUTCOMES } from '../../dev/stripe/accounts/onboarding.ts'
import { SWITCH_NAMES, SWITCH_VALUES } from '../../dev/stripe/core/switches.ts'
import { ORDERLY } from '../../dev/stripe/webhooks/delivery.ts'

const readme = readFileSync(new URL('../../dev/stripe/README.md', import.meta.url), 'utf8')

it('tells of every switch and its values, every delivery mode, move, outcome and state', () => {
  const values = SWITCH_NAMES.flatMap((name) =>
    SWITCH_VALUES[name].flatMap((value) => (typeof value === 'string' ? [`\`${value}\``] : [])),
  )
  const names = [...SWITCH_NAMES, ...values, ...Object.keys(ORDERLY), ...MOVES, ...OUTCOMES, ...STATES]
  expect(names.filter((name) => !readme.includes(name))).toEqual([])
})
