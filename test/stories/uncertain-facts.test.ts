/**
 * Where Stripe's documentation is unclear, the simulator has a switch. These tests run one story of everything the service does
 * under every value of every switch: it ends in the same states, with the same books. A new switch or value is tried without a
 * change here, and fails until `READ_OFF` says how it shows.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SWITCH_NAMES, type Switches } from 'stripe-connect-simulator'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, TIMEOUT } from '../support/runs.ts'
import { READ_OFF } from '../support/uncertain-facts/read-off.ts'
import { tell, TROUBLES, type Ended, type StoryResult } from '../support/uncertain-facts/story.ts'
import { openWorld } from '../support/uncertain-facts/world.ts'
import { everyWorld, fewWorlds, isSeen } from '../support/uncertain-facts/worlds.ts'

/** `check` combines switches into few worlds. The long run tries one at a time, which shows the cause of a difference. */
const WORLDS = runs(0, 1) === 0 ? fewWorlds() : everyWorld()

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

it('every switch has a way to be read off', () => {
  expect(Object.keys(READ_OFF)).toEqual(SWITCH_NAMES)
})

describe.each(WORLDS.map((switches, index) => ({ index, switches })))('world $index', ({ switches }) => {
  let story: StoryResult

  it(
    'ends in the same states as every other world',
    async () => {
      story = await tell(await openWorld(database, { switches, troubles: TROUBLES }))
      expect(story.ended).toEqual(endOf(switches))
    },
    TIMEOUT,
  )

  it('shows the value of every switch', () => {
    const names = SWITCH_NAMES.filter((name) => isSeen(name, switches))
    const pick = (value: (name: keyof Switches) => unknown) =>
      Object.fromEntries(names.map((name) => [name, value(name)]))
    expect(pick((name) => READ_OFF[name].read(story))).toEqual(pick((name) => switches[name]))
  })
})

/** The same in all worlds, except for the states that a switch itself decides. */
function endOf(switches: Switches): Ended {
  const account = {
    connection: 'connected',
    onboarding: 'enabled',
    charges: 'active',
    payouts: 'on',
    hold: 'none',
  }
  return {
    account,
    payments: {
      refunded: 'succeeded partial none collected',
      disputed: `succeeded none lost ${switches.application_fee_returned_on_dispute ? 'refunded' : 'collected'}`,
      captured: 'succeeded none none collected',
      declined: `${switches.confirm_limit === null ? 'requires_payment_method' : 'canceled'} none none none`,
      unsettled: 'succeeded full none none',
    },
    payouts: { paid: 'paid', failed: 'failed', rest: 'paid' },
    disconnected: { ...account, connection: 'disconnected' },
  }
}
