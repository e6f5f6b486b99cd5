/** Asking Stripe for an instance's sake: how much is asked for, and whether the look that was owed is what this is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { advance, type AdvanceDeps } from '../../src/engine/advance.ts'
import type { Cause } from '../../src/engine/unit-of-work.ts'
import { refresh } from '../../src/engine/refresh.ts'
import { webhookUnit } from '../../src/engine/inbox.ts'
import { selectInstance } from '../../src/store/instances.ts'
import { EventEnvelope } from '../../src/stripe/objects.ts'
import { stubStripe, NOW, type StubAnswer } from '../support/stub-stripe.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { anAccountEvent } from '../support/webhooks.ts'
import { lifecycles } from '../../src/lifecycles.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await startDatabase()
})
beforeEach(() => database.clear())
afterAll(() => database.stop())

const OBJECT = (anAccountEvent('acct_1')['data'] as { object: Record<string, unknown> }).object
const SAYS: Record<string, StubAnswer> = {
  '/v1/accounts/acct_1': OBJECT,
  '/v1/balance': { object: 'balance', available: [], pending: [] },
}

function aProcess(meanwhile?: () => Promise<unknown>) {
  const { asked, deps } = stubStripe(SAYS, 0, meanwhile)
  const rest: Omit<AdvanceDeps, 'now'> = {
    lifecycles,
    config: { factsMaxAgeMs: 86_400_000 },
    db: database.open(),
    random: () => 0.5,
    sleep,
    log: () => {},
    runSoon: () => {},
  }
  return { asked, deps: { ...deps, ...rest } }
}

/** An account that was heard of as it is, or otherwise, in the second in which Stripe is asked. */
async function heard(charges_enabled: boolean): Promise<void> {
  const event = EventEnvelope.parse(
    anAccountEvent('acct_1', { created: NOW / 1000, object: { charges_enabled } }),
  )
  await advance(aProcess().deps, [
    webhookUnit(lifecycles, event, { source: 'connect', cause: { kind: 'webhook', id: event.id } }),
  ])
}

const refreshed = async (kind: Cause['kind'], meanwhile?: () => Promise<unknown>) => {
  const { asked, deps } = aProcess(meanwhile)
  const [row] = await deps.db.read([selectInstance('account', 'acct_1')])
  if (!row) throw new Error('it is not known')
  const outcome = await refresh(deps, row, { kind, id: 'because' })
  return { asked: asked.map((line) => line.split('?')[0]), outcome }
}

it.each<[Cause['kind'], string[]]>([
  ['operator', ['platform /v1/accounts/acct_1', 'acct_1 /v1/balance']],
  ['reconciler', ['platform /v1/accounts/acct_1', 'acct_1 /v1/balance']],
  ['gate', ['platform /v1/accounts/acct_1']],
  ['return', ['platform /v1/accounts/acct_1']],
  ['effect', ['platform /v1/accounts/acct_1']],
])('for a %s, asks for no more than it waits for', async (kind, paths) => {
  await heard(true)
  const { asked, outcome } = await refreshed(kind)
  expect(asked).toEqual(paths)
  expect(outcome).toMatchObject({ kind: 'applied', results: [{ kind: 'moved' }] })
})

it.each<[Cause['kind'], number]>([
  // What is owed already will see to it.
  ['gate', 1],
  // This was what is owed, and so another is.
  ['effect', 2],
])('for a %s that settles nothing, leaves %i looks asked for in all', async (kind, looks) => {
  await heard(true)
  // While Stripe is asked, what it will answer is contradicted within the second.
  await refreshed(kind, () => heard(false))
  expect(await database.rows("SELECT name FROM outbox WHERE effect ->> 'kind' = 'refresh'")).toHaveLength(
    looks,
  )
})
