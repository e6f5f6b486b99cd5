import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { STATES } from '../../dev/stripe/accounts/bulk.ts'
import { MOVES } from '../../dev/stripe/accounts/moves.ts'
import { OUTCOMES } from '../../dev/stripe/accounts/onboarding.ts'
import { registerControls } from '../../dev/stripe/control/routes.ts'
import { SWITCH_NAMES, SWITCH_VALUES } from '../../dev/stripe/core/switches.ts'
import type { Host } from '../../dev/stripe/simulator.ts'
import { ORDERLY } from '../../dev/stripe/webhooks/delivery.ts'

const source = readFileSync(new URL('../../dev/stripe/simulator.ts', import.meta.url), 'utf8')
const readme = readFileSync(new URL('../../dev/stripe/README.md', import.meta.url), 'utf8')

it('tells of every switch and its values, every delivery mode, move, outcome and state', () => {
  const values = SWITCH_NAMES.flatMap((name) =>
    SWITCH_VALUES[name].flatMap((value) => (typeof value === 'string' ? [`\`${value}\``] : [])),
  )
  const names = [...SWITCH_NAMES, ...values, ...Object.keys(ORDERLY), ...MOVES, ...OUTCOMES, ...STATES]
  expect(names.filter((name) => !readme.includes(name))).toEqual([])
})

it('tells of every control', () => {
  const app = new Hono()
  // Routes are only named here, and never called.
  registerControls(app, {} as Host)
  const routes = app.routes.map(({ path }) => path)
  expect(routes.length).toBeGreaterThan(30)
  const isTold = (path: string) =>
    new RegExp(path.replaceAll(/:\w+/g, '\\{\\w+\\}')).test(readme) ||
    // A row that goes on with the route before it names the end alone.
    new RegExp(`(?:…|· \`)/${path.split('/').at(-1)}\``).test(readme)
  const untold = routes.filter((path) => !isTold(path))
  expect(untold).toEqual([])
})

it('tells of every option', () => {
  const options = /interface SimulatorOptions \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
  const names = [...options.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(8)
  expect(names.filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([])
})
