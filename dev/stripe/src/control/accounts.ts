import type { Hono } from 'hono'
import { z } from 'zod'
import { ACCOUNT_STATES, createInState } from '../accounts/bulk.ts'
import { capabilityView } from '../accounts/capabilities.ts'
import { authorize, deauthorize } from '../accounts/connection.ts'
import { MOVES, moveAccount } from '../accounts/moves.ts'
import { OUTCOMES, submitForm } from '../accounts/onboarding.ts'
import { setFacts } from '../accounts/set-facts.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { balanceView } from '../payments/balance.ts'
import type { Runtime } from '../runtime.ts'
import { notFound, readBody } from './body.ts'

const list = z.array(z.string()).optional()
const Requirements = z.strictObject({
  alternatives: z
    .array(
      z.strictObject({
        alternative_fields_due: z.array(z.string()),
        original_fields_due: z.array(z.string()),
      }),
    )
    .optional(),
  current_deadline: z.int().nullable().optional(),
  currently_due: list,
  disabled_reason: z.string().nullable().optional(),
  errors: z
    .array(z.strictObject({ code: z.string(), reason: z.string(), requirement: z.string() }))
    .optional(),
  eventually_due: list,
  past_due: list,
  pending_verification: list,
})

const FactsBody = z.strictObject({
  charges_enabled: z.boolean().optional(),
  payouts_enabled: z.boolean().optional(),
  details_submitted: z.boolean().optional(),
  capabilities: z.record(z.string(), z.string()).optional(),
  requirements: Requirements.optional(),
  future_requirements: Requirements.optional(),
  disabled_reason: z.string().nullable().optional(),
  external_accounts: z
    .array(
      z.strictObject({
        id: z.string().optional(),
        account_number: z.string().optional(),
        routing_number: z.string().optional(),
        status: z.string().optional(),
        deleted: z.boolean().optional(),
      }),
    )
    .optional(),
  at_deadline: z.strictObject({ charges: z.boolean(), payouts: z.boolean() }).optional(),
  email: z.string().nullable().optional(),
  business_profile: z.record(z.string(), z.unknown()).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})

const OnboardBody = z.strictObject({
  outcome: z.enum(OUTCOMES).default('enabled'),
  country: z.string().optional(),
  business_type: z.string().optional(),
  account_number: z.string().optional(),
})

const MoveBody = z.strictObject({
  move: z.enum(MOVES),
  fields: list,
  deadline_s: z.int().optional(),
  description: z.string().optional(),
  path: z.enum(['form', 'challenge', 'support']).optional(),
  disables: z.boolean().optional(),
  reason: z.enum(['fraud', 'incomplete_verification', 'listed', 'terms_of_service', 'other']).optional(),
  account_number: z.string().optional(),
})

const BulkBody = z.strictObject({
  count: z.int().min(1).max(1_000_000).default(1),
  state: z.enum(ACCOUNT_STATES).default('enabled'),
  country: z.string().default('US'),
  metadata: z.record(z.string(), z.string()).default({}),
})

const AuthorizeBody = z.strictObject({ platform_controls: z.boolean().default(false) })

/** Shows an account with all that the API hides, and changes it. */
export function registerAccountControls(app: Hono, runtime: Runtime): void {
  app.post('/_sim/accounts', async (c) => {
    const { count, ...account } = await readBody(c, BulkBody)
    const ids = Array.from({ length: count }, () => createInState(runtime.world(), account))
    return c.json({ count, ids: ids.slice(0, 1000), first: ids[0], last: ids.at(-1) })
  })
  app.get('/_sim/accounts/:id', (c) => c.json(fullAccount(runtime.world(), find(runtime, c.req.param('id')))))
  app.post('/_sim/accounts/:id', async (c) => {
    const { id } = find(runtime, c.req.param('id')).account
    const { external_accounts, disabled_reason, at_deadline, ...account } = await readBody(c, FactsBody)
    const facts = {
      account,
      externalAccounts: external_accounts,
      disabledReason: disabled_reason,
      atDeadline: at_deadline,
    }
    return answerChange(runtime, setFacts(runtime.world(), id, facts), (body) => c.json(body))
  })
  app.post('/_sim/accounts/:id/onboard', async (c) => {
    const { id } = find(runtime, c.req.param('id')).account
    const { outcome, ...details } = await readBody(c, OnboardBody)
    return answerChange(runtime, submitForm(runtime.world(), id, details, outcome), (body) => c.json(body))
  })
  app.post('/_sim/accounts/:id/move', async (c) => {
    const { id } = find(runtime, c.req.param('id')).account
    const { move, ...details } = await readBody(c, MoveBody)
    return answerChange(runtime, moveAccount(runtime.world(), id, move, details), (body) => c.json(body))
  })
  app.post('/_sim/accounts/:id/deauthorize', (c) => {
    const { id } = find(runtime, c.req.param('id')).account
    return answerChange(runtime, deauthorize(runtime.world(), id), (body) => c.json(body))
  })
  app.post('/_sim/accounts/:id/authorize', async (c) => {
    const { id } = find(runtime, c.req.param('id')).account
    const { platform_controls: controls } = await readBody(c, AuthorizeBody)
    return answerChange(runtime, authorize(runtime.world(), id, controls), (body) => c.json(body))
  })
}

function fullAccount(world: World, record: AccountRecord) {
  const { account, ...rest } = record
  return {
    account,
    capabilities: Object.keys(record.requested).map((name) => capabilityView(record, name)),
    balance: balanceView(world, account.id),
    ...rest,
  }
}

function answerChange<T>(runtime: Runtime, record: AccountRecord, answer: (body: object) => T): T {
  const world = runtime.world()
  runtime.runTasks(world)
  runtime.worldChanged()
  return answer(fullAccount(world, world.tables.accounts.get(record.account.id) ?? record))
}

function find(runtime: Runtime, id: string): AccountRecord {
  const world = runtime.world()
  runtime.runTasks(world)
  const record = world.tables.accounts.get(id)
  if (record === undefined) throw notFound('account', id)
  return record
}
