/** Histories of the whole service that once ended in a wrong state, shrunk as far as possible. */
import { afterAll, beforeAll, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import type { History } from '../support/stack/actions.ts'
import { play } from '../support/stack/play.ts'
import { expectTruth } from '../support/stack/truth.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

const DAY = 86_400_000
const USUAL = {
  hold: false,
  duplicate: 0,
  copies: 1,
  sibling: 0,
  shuffle: false,
  drop: 0,
  drop_as: 'failed',
  delay_ms: 0,
  same_second: false,
} as const

const EXAMPLES: Record<string, History> = {
  'a lost event of a refunded fee, two days before the platform’s events are first read back': {
    seed: 1967742720,
    isMade: false,
    isPaid: true,
    rounds: [
      { after: 0, actions: [{ do: 'command', payment: 0, name: 'capture', part: false }] },
      { after: 2_000, actions: [{ do: 'misdeliver', mode: { ...USUAL, hold: true } }] },
      { after: 0, actions: [{ do: 'dashboard', payment: 0, name: 'give the fee back' }] },
      { after: 2_000, actions: [{ do: 'misdeliver', mode: { ...USUAL, drop: 0.3 } }] },
      {
        after: 2 * DAY,
        actions: [{ do: 'pay', amount: 1000, manual: false, fee: false, card: 'pm_card_visa' }],
      },
    ],
  },
  'a payout made while the account was disconnected, without an event': {
    seed: 0,
    isMade: false,
    isPaid: true,
    rounds: [
      { after: 2 * DAY, actions: [{ do: 'deliver', order: 'created' }] },
      { after: 0, actions: [{ do: 'deauthorize' }, { do: 'dashboard', payment: 0, name: 'capture' }] },
      { after: 2 * DAY, actions: [{ do: 'refresh' }] },
      { after: 2 * DAY, actions: [{ do: 'refresh' }] },
      { after: 0, actions: [{ do: 'authorize' }] },
      { after: 2_000, actions: [{ do: 'dispute', payment: 0, status: null }] },
      { after: 0, actions: [{ do: 'move payout', payout: 0, status: 'in_transit', failure: null }] },
    ],
  },
}

it.each(Object.entries(EXAMPLES))('converges after %s', async (_, history) => {
  const { scene } = await play(database, history)
  try {
    await expectTruth(database, scene)
  } finally {
    scene.close()
  }
})
