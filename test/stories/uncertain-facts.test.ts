/**
 * What Stripe's documentation leaves open, or says from memory, is a switch of the simulated Stripe. Here every switch
 * stands every way under a story of everything this service does: it ends at the same place, with the same books. A switch or
 * a value that is added there is tried here without a word, and fails until somebody says how it shows.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SWITCH_NAMES, type Switches } from 'stripe-connect-simulator'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { runs, TIMEOUT } from '../support/runs.ts'
import { READ_OFF } from '../support/uncertain-facts/read-off.ts'
import { tell, TROUBLES, type Ended, type StoryResult } from '../support/uncertain-facts/story.ts'
import { openWorld } from '../support/uncertain-facts/world.ts'
import { everyWorld, fewWorlds, isSeen } from '../support/uncertain-facts/worlds.ts'

/** All at once in a check; in a long run one by one, which tells whose work a difference is. */
const WORLDS = runs(0, 1) === 0 ? fewWorlds() : everyWorld()

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

it('knows how every switch shows', () => {
  expect(Object.keys(READ_OFF)).toEqual(SWITCH_NAMES)
})

describe.each(WORLDS.map((switches, index) => ({ index, switches })))('world $index', ({ switches }) => {
  let result: StoryResult

  it(
    'ends where every other does',
    async () => {
      result = await tell(await openWorld(database, { switches, troubles: TROUBLES }))
      expect(result.ended).toEqual(endOf(switches))
    },
    TIMEOUT,
  )

  it('was result past every switch as it stands', () => {
    const names = SWITCH_NAMES.filter((name) => isSeen(name, switches))
    const pick = (value: (name: keyof Switches) => unknown) =>
      Object.fromEntries(names.map((name) => [name, value(name)]))
    expect(pick((name) => READ_OFF[name].read(result))).toEqual(pick((name) => switches[name]))
  })
})

/** The same in all worlds, but for what a switch is about. */
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
