/** This build reads every state that an earlier build stored, with the same meaning. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { account } from '../../machines/account/account.ts'
import { UnreadableState, type Stored } from '../../machines/lifecycle.ts'
import { lifecycleOf, MACHINES, type MachineName } from '../support/lifecycles.ts'

const FOLDER = new URL('../fixtures/stored/', import.meta.url)

/** `<machine>/v<version>/<region.state>.json`, as stored in the database. */
const RECORDED = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const [machine = '', version = '', name = ''] = file.split('/')
    const stored = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Stored
    const state = name.replace(/\.json$/, '')
    return { file, machine: machine as MachineName, version: Number(version.slice(1)), state, stored }
  })

describe('a recorded state', () => {
  it.each(RECORDED)(
    '$file is read as the version of this build, in the same state',
    ({ machine, stored }) => {
      const lifecycle = lifecycleOf(machine)
      const live = lifecycle.read(stored)
      expect(live).toMatchObject({ version: lifecycle.version, value: stored.value })
      expect(lifecycle.read(live), 'what was read can be stored and read again').toEqual(live)
    },
  )

  it.each(RECORDED)('$file derives the same state from its facts', ({ machine, stored }) => {
    const lifecycle = lifecycleOf(machine)
    const live = lifecycle.read(stored)
    const observation = { type: 'stripe.observed', as_of: { from: 0, to: 0 }, observation: {} } as never
    expect(lifecycle.step(live, observation).live.value).toEqual(stored.value)
  })

  it('exists for every version of every machine', () => {
    const recorded = new Set(RECORDED.map(({ machine, version }) => `${machine} ${version}`))
    const versions = MACHINES.flatMap((machine) =>
      Array.from({ length: lifecycleOf(machine).version }, (_, index) => `${machine} ${index + 1}`),
    )
    expect(versions.filter((version) => !recorded.has(version))).toEqual([])
  })

  it('exists for every state that this build can store', () => {
    const missing = MACHINES.flatMap((machine) => {
      const { version, machine: chart } = lifecycleOf(machine)
      const here = RECORDED.filter((one) => one.machine === machine && one.version === version)
      const recorded = new Set(here.map(({ state }) => state))
      return Object.entries(chart.states).flatMap(([region, { states }]) =>
        Object.keys(states)
          .map((state) => `${region}.${state}`)
          .filter((state) => !recorded.has(state)),
      )
    })
    expect(missing, 'record them with `npm run record-states`').toEqual([])
  })
})

it('a version newer than this build is not read', () => {
  const newer = { version: account.version + 1, value: {}, context: {} }
  expect(() => account.read(newer)).toThrow(UnreadableState)
})
