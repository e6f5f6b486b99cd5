/** `refresh`: how much it fetches, and when another refresh is owed after it. */
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

/** A webhook of the second in which Stripe is asked; with `false` it contradicts Stripe's answer. */
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
  if (!row) throw new Error('the account is not stored')
  const outcome = await refresh(deps, row, { kind, id: 'cause' })
  return { asked: asked.map((line) => line.split('?')[0]), outcome }
}

it.each<[Cause['kind'], string[]]>([
  ['operator', ['platform /v1/accounts/acct_1', 'acct_1 /v1/balance']],
  ['reconciler', ['platform /v1/accounts/acct_1', 'acct_1 /v1/balance']],
  ['gate', ['platform /v1/accounts/acct_1']],
  ['return', ['platform /v1/accounts/acct_1']],
  ['effect', ['platform /v1/accounts/acct_1']],
])('a refresh for the cause %s fetches %j', async (kind, paths) => {
  await heard(true)
  const { asked, outcome } = await refreshed(kind)
  expect(asked).toEqual(paths)
  expect(outcome).toMatchObject({ kind: 'applied', results: [{ kind: 'moved' }] })
})

it.each<[Cause['kind'], number]>([
  // The refresh that is owed already settles it.
  ['gate', 1],
  // This was the owed refresh, so another becomes owed.
  ['effect', 2],
])('a contradicted refresh for the cause %s leaves %i refreshes in the outbox', async (kind, refreshes) => {
  await heard(true)
  // During the call, a webhook of the same second contradicts the answer.
  await refreshed(kind, () => heard(false))
  expect(await database.rows("SELECT name FROM outbox WHERE effect ->> 'kind' = 'refresh'")).toHaveLength(
    refreshes,
  )
})
