/** The routes for connected accounts: create, list, read, set the fee policy. */
import { z } from '@hono/zod-openapi'
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import { createAccount } from './create.ts'
import { foundAccount } from './find.ts'
import { AccountBody, AccountParams, AccountState, CreateAccount, FeePolicyBody } from './schemas.ts'
import { accountBody } from './view.ts'
import { advance } from '../engine/advance.ts'
import { loadedFrom } from '../engine/plan.ts'
import { authenticate } from '../http/authenticate.ts'
import { commitAnswer, identifyRequest, openRequest } from '../idempotency/request.ts'
import { fromCursor, pageOf, PageQuery, toCursor, toPage } from '../http/pagination.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { selectCreation } from '../store/creations.ts'
import { listInstances, selectByExternalId, selectInstance, type InstanceRow } from '../store/instances.ts'

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts',
  summary: 'Create a connected account',
  description:
    'Creates the account at Stripe with the full Dashboard. The account pays Stripe’s fees, and Stripe bears losses. Needs an `Idempotency-Key`.',
  request: { headers: IdempotencyKey, body: body(CreateAccount) },
  responses: {
    201: json(AccountBody, 'The account.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
      'account_exists',
      'idempotency_key_reused',
      'idempotency_key_in_use',
      'body_too_large',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

/** Each of these filters has an index; no combination of them has. */
const STATE_FILTERS = ['onboarding', 'charges', 'payouts'] as const

const ListQuery = PageQuery.extend({
  onboarding: AccountState.shape.onboarding.optional(),
  charges: AccountState.shape.charges.optional(),
  payouts: AccountState.shape.payouts.optional(),
  external_id: z.string().max(100).optional(),
}).superRefine((query, context) => {
  const [first, ...others] = STATE_FILTERS.filter((name) => query[name] !== undefined)
  if (first === undefined || query.external_id !== undefined) return
  for (const name of others) {
    const message = `cannot be combined with ${first}: a rare combination would be searched for among all accounts. Filter by one of them, and compare the other in the answer`
    context.addIssue({ code: 'custom', path: [name], message })
  }
})

const list = defineRoute({
  method: 'get',
  path: '/v1/accounts',
  summary: 'List connected accounts, newest first',
  description:
    'Filters by one of `onboarding`, `charges` and `payouts`, or by `external_id` and any of them.',
  request: { query: ListQuery },
  responses: { 200: json(pageOf(AccountBody), 'A page of accounts.'), ...problems() },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}',
  summary: 'Read a connected account',
  request: { params: AccountParams },
  responses: { 200: json(AccountBody, 'The account.'), ...problems('account_not_found') },
})

const setFeePolicy = defineRoute({
  method: 'put',
  path: '/v1/accounts/{account}/fee_policy',
  summary: 'Set the platform’s fee on the account’s payments',
  description: 'Applies to payments created from now on without an `application_fee_amount` of their own.',
  request: { params: AccountParams, body: body(FeePolicyBody) },
  responses: {
    200: json(AccountBody, 'The account.'),
    ...problems('account_not_found', 'invalid_json', 'body_too_large'),
  },
})

export const accounts = newRouter()
  .openapi(create, async (c) => {
    const body = c.req.valid('json')
    const {
      request,
      rows: [existing, creation],
    } = await openRequest(c, await identifyRequest(c), [
      selectByExternalId('account', body.external_id),
      selectCreation(body.external_id),
    ])
    const created = await createAccount(c.var.deps, { body, request, existing, creation })
    return c.json(await commitAnswer(c, request, { status: 201, ...created }), 201)
  })
  .openapi(list, async (c) => {
    const { limit, cursor, external_id, ...states } = c.req.valid('query')
    const before = fromCursor(cursor)
    const {
      rows: [found],
    } = await authenticate(c, [
      listInstances({
        machine: 'account',
        externalId: external_id,
        states,
        before: before && { createdAt: before.at, id: before.id },
        limit,
      }),
    ])
    const { livemode } = c.var.deps.config.stripe
    const page = toPage(found, limit, {
      item: (row) => bodyOf(row, livemode),
      cursor: (row) => toCursor({ at: row.created_at, id: row.id }),
    })
    return c.json(page, 200)
  })
  .openapi(read, async (c) => {
    const { account } = c.req.valid('param')
    const {
      rows: [found],
    } = await authenticate(c, [selectInstance('account', account)])
    return c.json(bodyOf(foundAccount(found, account), c.var.deps.config.stripe.livemode), 200)
  })
  .openapi(setFeePolicy, async (c) => {
    const { account } = c.req.valid('param')
    const { deps, requestId } = c.var
    const {
      rows: [found],
    } = await authenticate(c, [selectInstance('account', account)])
    const row = foundAccount(found, account)
    const event = { type: 'fee_policy.set', policy: c.req.valid('json') } as const
    const [outcome] = await advance(
      deps,
      [
        {
          cause: { kind: 'command', id: requestId },
          events: [{ machine: 'account', id: account, account, event }],
        },
      ],
      loadedFrom('account', account, row),
    )
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    if (!result || result.kind === 'unknown') throw new Error('the account that was just read is missing')
    const { livemode } = deps.config.stripe
    return c.json(accountBody(result.live as LiveAccount, { createdAt: row.created_at, livemode }), 200)
  })

function bodyOf(row: InstanceRow, livemode: boolean): AccountBody {
  return accountBody(accountLifecycle.read(row), { createdAt: row.created_at, livemode })
}
