/** Creates payouts if the payout gate is open; cancels, lists and reads payouts and their history. */
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import { payout as payoutLifecycle } from '../../machines/payout/payout.ts'
import { foundAccount } from '../accounts/find.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { externalIdOf } from '../idempotency/mark.ts'
import { authenticate } from '../http/authenticate.ts'
import { HistoryPage, historyPage, HistoryQuery } from '../http/history.ts'
import { commitAnswer, identifyRequest, openRequest } from '../idempotency/request.ts'
import { fromCursor, pageOf, PageQuery, toCursor, toPage } from '../http/pagination.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { cancelPayout } from './cancel.ts'
import { createPayout } from './create.ts'
import { foundPayout } from './find.ts'
import { CreatePayout, PayoutBody, PayoutParams } from './schemas.ts'
import { payoutBody } from './view.ts'
import { listInstances, selectByExternalId, selectInstance, type InstanceRow } from '../store/instances.ts'
import { listTransitions } from '../store/transitions.ts'

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/payouts',
  summary: 'Create a payout, if the account’s payout gate is open',
  description:
    'In addition to the payout schedule, or with a manual one. If the gate is closed, the answer is 409 `gate_closed` with every reason and who must act. `instant` costs one more call to Stripe, for the available balance. Needs an `Idempotency-Key`.',
  request: { params: AccountParams, headers: IdempotencyKey, body: body(CreatePayout) },
  responses: {
    201: json(PayoutBody, 'The payout.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
      'account_not_found',
      'gate_closed',
      'idempotency_key_reused',
      'idempotency_key_in_use',
      'body_too_large',
      'payouts_not_controlled',
      'instant_payout_unavailable',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

const cancel = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/payouts/{payout}/cancel',
  summary: 'Cancel a pending payout',
  description:
    'Only a manual payout can be canceled, and only while it is `pending`. The money stays on the balance, so the account only needs to be connected. Needs an `Idempotency-Key`.',
  request: { params: PayoutParams, headers: IdempotencyKey },
  responses: {
    200: json(PayoutBody, 'The canceled payout.'),
    ...problems(
      'idempotency_key_required',
      'account_not_found',
      'payout_not_found',
      'payout_state_conflict',
      'gate_closed',
      'idempotency_key_reused',
      'idempotency_key_in_use',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

const list = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payouts',
  summary: 'List an account’s payouts, newest first',
  request: { params: AccountParams, query: PageQuery },
  responses: { 200: json(pageOf(PayoutBody), 'A page of payouts.'), ...problems('account_not_found') },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payouts/{payout}',
  summary: 'Read a payout: its status, and who must act if it failed',
  request: { params: PayoutParams },
  responses: {
    200: json(PayoutBody, 'The payout.'),
    ...problems('account_not_found', 'payout_not_found'),
  },
})

const history = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payouts/{payout}/history',
  summary: 'Every transition of the payout, newest first',
  request: { params: PayoutParams, query: HistoryQuery },
  responses: {
    200: json(HistoryPage, 'A page of transitions.'),
    ...problems('account_not_found', 'payout_not_found'),
  },
})

export const payouts = newRouter()
  .openapi(create, async (c) => {
    const { account } = c.req.valid('param')
    const { deps, requestId } = c.var
    const identity = await identifyRequest(c)
    const {
      request,
      rows: [found, existing],
    } = await openRequest(c, identity, [
      selectInstance('account', account),
      selectByExternalId('payout', externalIdOf(account, identity)),
    ])
    const body = c.req.valid('json')
    const command = { account: foundAccount(found, account), existing, body, request, requestId }
    const created = await createPayout(deps, command)
    return c.json(await commitAnswer(c, request, { status: 201, ...created }), 201)
  })
  .openapi(cancel, async (c) => {
    const of = c.req.valid('param')
    const { deps, requestId } = c.var
    const {
      request,
      rows: [accountRow, payoutRow],
    } = await openRequest(c, await identifyRequest(c), [
      selectInstance('account', of.account),
      selectInstance('payout', of.payout),
    ])
    const account = foundAccount(accountRow, of.account)
    const command = { account, payout: foundPayout(payoutRow, of), request, requestId }
    const canceled = await cancelPayout(deps, command)
    return c.json(await commitAnswer(c, request, { status: 200, ...canceled }), 200)
  })
  .openapi(list, async (c) => {
    const { account } = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const before = fromCursor(cursor)
    const {
      rows: [found, listed],
    } = await authenticate(c, [
      selectInstance('account', account),
      listInstances({
        machine: 'payout',
        account,
        before: before && { createdAt: before.at, id: before.id },
        limit,
      }),
    ])
    const live = accountLifecycle.read(foundAccount(found, account))
    const { livemode } = c.var.deps.config.stripe
    const page = toPage(listed, limit, {
      item: (row) => bodyOf(row, live, livemode),
      cursor: (row) => toCursor({ at: row.created_at, id: row.id }),
    })
    return c.json(page, 200)
  })
  .openapi(read, async (c) => {
    const of = c.req.valid('param')
    const {
      rows: [accountRow, payoutRow],
    } = await authenticate(c, [selectInstance('account', of.account), selectInstance('payout', of.payout)])
    const account = accountLifecycle.read(foundAccount(accountRow, of.account))
    return c.json(bodyOf(foundPayout(payoutRow, of), account, c.var.deps.config.stripe.livemode), 200)
  })
  .openapi(history, async (c) => {
    const of = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const {
      rows: [account, payout, transitions],
    } = await authenticate(c, [
      selectInstance('account', of.account),
      selectInstance('payout', of.payout),
      listTransitions({ machine: 'payout', id: of.payout, before: cursor, limit }),
    ])
    foundAccount(account, of.account)
    foundPayout(payout, of)
    return c.json(historyPage(transitions, limit), 200)
  })

function bodyOf(row: InstanceRow, account: LiveAccount, livemode: boolean): PayoutBody {
  return payoutBody(payoutLifecycle.read(row), { createdAt: row.created_at, livemode, account })
}
