/** An account's status and history, and the operator's commands: refresh, hold and release. */
import { z } from '@hono/zod-openapi'
import { account as accountLifecycle } from '../../machines/account/account.ts'
import type { Context } from 'hono'
import type { AccountEvent } from '../../machines/account/events.ts'
import { foundAccount } from '../accounts/find.ts'
import { AccountParams, AccountStatus } from '../accounts/schemas.ts'
import { accountStatus } from '../accounts/view.ts'
import { advance } from '../engine/advance.ts'
import type { Cause } from '../engine/unit-of-work.ts'
import { loadedFrom } from '../engine/plan.ts'
import { refresh } from '../engine/refresh.ts'
import { authenticate } from '../http/authenticate.ts'
import type { Env } from '../http/env.ts'
import { HistoryPage, historyPage, HistoryQuery } from '../http/history.ts'
import { Problem } from '../http/problem.ts'
import { body, defineRoute, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { countPending } from '../store/outbox.ts'
import type { Results } from '../store/database.ts'
import { listTransitions } from '../store/transitions.ts'

const Reason = z
  .strictObject({ reason: z.string().min(1).max(500).openapi({ description: 'Kept in the history.' }) })
  .openapi('Reason')

const status = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/status',
  summary: 'What the account may do now, why, and who must act next',
  description: 'The response has an `ETag`. A matching `If-None-Match` gets a 304.',
  request: { params: AccountParams },
  responses: {
    200: json(AccountStatus, 'The account’s status.'),
    304: { description: 'The status has not changed.' },
    ...problems('account_not_found'),
  },
})

const history = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/history',
  summary: 'Every transition of the account, newest first',
  request: { params: AccountParams, query: HistoryQuery },
  responses: { 200: json(HistoryPage, 'A page of transitions.'), ...problems('account_not_found') },
})

const refreshRoute = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/refresh',
  summary: 'Fetch the account from Stripe now',
  request: { params: AccountParams },
  responses: {
    200: json(AccountStatus, 'The status after the fetch.'),
    ...problems('account_not_found', 'stripe_unavailable'),
  },
})

const hold = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/hold',
  summary: 'Hold the account: block its charges and payouts',
  request: { params: AccountParams, body: body(Reason) },
  responses: {
    200: json(AccountStatus, 'The status.'),
    ...problems('account_not_found', 'state_conflict', 'invalid_json'),
  },
})

const release = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/release',
  summary: 'Release a held account',
  request: { params: AccountParams, body: body(Reason) },
  responses: {
    200: json(AccountStatus, 'The status.'),
    ...problems('account_not_found', 'state_conflict', 'invalid_json'),
  },
})

export const accountStatuses = newRouter()
  .openapi(status, async (c) => {
    const { account } = c.req.valid('param')
    const { rows } = await authenticate(c, statusStatements(account))
    const body = statusFrom(c, rows, account)
    const etag = `"${body.machine_version}.${body.version}.${body.effects_pending}"`
    c.header('etag', etag)
    if (c.req.header('if-none-match') === etag) return c.body(null, 304)
    return c.json(body, 200)
  })
  .openapi(history, async (c) => {
    const { account } = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const {
      rows: [found, transitions],
    } = await authenticate(c, [
      selectInstance('account', account),
      listTransitions({ machine: 'account', id: account, before: cursor, limit }),
    ])
    foundAccount(found, account)
    return c.json(historyPage(transitions, limit), 200)
  })
  .openapi(refreshRoute, async (c) => {
    const { account } = c.req.valid('param')
    const { row, cause } = await authenticateOperator(c, account)
    await refresh(c.var.deps, row, cause)
    return c.json(await readStatus(c, account), 200)
  })
  .openapi(hold, async (c) => {
    const { account } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const { row, cause, by } = await authenticateOperator(c, account)
    await applyCommand(c, { row, cause, event: { type: 'operator.held', reason, by, at: c.var.deps.now() } })
    return c.json(await readStatus(c, account), 200)
  })
  .openapi(release, async (c) => {
    const { account } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const { row, cause, by } = await authenticateOperator(c, account)
    await applyCommand(c, {
      row,
      cause,
      event: { type: 'operator.released', reason, by, at: c.var.deps.now() },
    })
    return c.json(await readStatus(c, account), 200)
  })

/** Authenticates the operator and loads the account. The history names the operator's API key as the cause. */
async function authenticateOperator(
  c: Context<Env>,
  account: string,
): Promise<{ row: InstanceRow; cause: Cause; by: string }> {
  const {
    client,
    rows: [found],
  } = await authenticate(c, [selectInstance('account', account)])
  const cause: Cause = { kind: 'operator', id: `${client.name}/${c.var.requestId}` }
  return { row: foundAccount(found, account), cause, by: client.name }
}

async function applyCommand(
  c: Context<Env>,
  {
    row,
    cause,
    event,
  }: { row: InstanceRow; cause: Cause; event: Exclude<AccountEvent, { type: 'facts.changed' }> },
): Promise<void> {
  const instanceEvent = { machine: 'account', id: row.id, account: row.account, event } as const
  const [outcome] = await advance(
    c.var.deps,
    [{ cause, events: [instanceEvent] }],
    loadedFrom('account', row.id, row),
  )
  const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
  if (result?.kind === 'unmoved' && result.why === 'refused') {
    throw new Problem('state_conflict', `The account’s current state does not allow ${event.type}.`, {
      members: { account: row.id, state: result.live.value },
    })
  }
}

async function readStatus(c: Context<Env>, account: string): Promise<AccountStatus> {
  return statusFrom(c, await c.var.deps.db.read(statusStatements(account)), account)
}

function statusStatements(account: string) {
  return [
    selectInstance('account', account),
    listTransitions({ machine: 'account', id: account, limit: 0 }),
    countPending('account', account),
  ] as const
}

function statusFrom(
  c: Context<Env>,
  [found, [last], effectsPending]: Results<ReturnType<typeof statusStatements>>,
  account: string,
): AccountStatus {
  const row = foundAccount(found, account)
  return accountStatus(accountLifecycle.read(row), {
    row,
    livemode: c.var.deps.config.stripe.livemode,
    last,
    effectsPending,
  })
}
