/** Creates direct charges if the charge gate is open; lists and reads payments and their history. */
import { payment as paymentLifecycle } from '../../machines/payment/payment.ts'
import { foundAccount } from '../accounts/find.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { authenticate } from '../http/authenticate.ts'
import { HistoryPage, historyPage, HistoryQuery } from '../http/history.ts'
import { externalIdOf } from '../idempotency/mark.ts'
import { commitAnswer, identifyRequest, openRequest } from '../idempotency/request.ts'
import { fromCursor, pageOf, PageQuery, toCursor, toPage } from '../http/pagination.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { requireAllowedReturn } from '../http/return-to.ts'
import { createPayment } from './create.ts'
import { foundPayment } from './find.ts'
import { CreatedPayment, CreatePayment, PaymentBody, PaymentParams } from './schemas.ts'
import { paymentBody } from './view.ts'
import { listInstances, selectByExternalId, selectInstance, type InstanceRow } from '../store/instances.ts'
import { listTransitions } from '../store/transitions.ts'

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/payments',
  summary: 'Create a direct charge, if the account’s charge gate is open',
  description:
    'If the gate is closed, the answer is 409 `gate_closed` with every reason: the state, who must act, what Stripe requires and by when. Needs an `Idempotency-Key`. A declined card is stored as the answer, so a new attempt needs a new key.',
  request: { params: AccountParams, headers: IdempotencyKey, body: body(CreatePayment) },
  responses: {
    201: json(CreatedPayment, 'The payment.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
      'card_declined',
      'account_not_found',
      'gate_closed',
      'idempotency_key_reused',
      'idempotency_key_in_use',
      'body_too_large',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

const list = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payments',
  summary: 'List an account’s payments, newest first',
  request: { params: AccountParams, query: PageQuery },
  responses: { 200: json(pageOf(PaymentBody), 'A page of payments.'), ...problems('account_not_found') },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payments/{payment}',
  summary: 'Read a payment',
  request: { params: PaymentParams },
  responses: { 200: json(PaymentBody, 'The payment.'), ...problems('payment_not_found') },
})

const history = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payments/{payment}/history',
  summary: 'Every transition of the payment, newest first',
  request: { params: PaymentParams, query: HistoryQuery },
  responses: { 200: json(HistoryPage, 'A page of transitions.'), ...problems('payment_not_found') },
})

export const payments = newRouter()
  .openapi(create, async (c) => {
    const { account } = c.req.valid('param')
    const body = c.req.valid('json')
    const { deps, requestId } = c.var
    const identity = await identifyRequest(c)
    const {
      request,
      rows: [found, existing],
    } = await openRequest(c, identity, [
      selectInstance('account', account),
      selectByExternalId('payment', externalIdOf(account, identity)),
    ])
    if (body.return_url !== undefined) requireAllowedReturn(body.return_url, deps.config, 'return_url')
    const command = { account: foundAccount(found, account), existing, body, request, requestId }
    const created = await createPayment(deps, command)
    return c.json(await commitAnswer(c, request, { status: 201, ...created }), 201)
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
        machine: 'payment',
        account,
        before: before && { createdAt: before.at, id: before.id },
        limit,
      }),
    ])
    foundAccount(found, account)
    const { livemode } = c.var.deps.config.stripe
    const page = toPage(listed, limit, {
      item: (row) => bodyOf(row, livemode),
      cursor: (row) => toCursor({ at: row.created_at, id: row.id }),
    })
    return c.json(page, 200)
  })
  .openapi(read, async (c) => {
    const { account, payment } = c.req.valid('param')
    const {
      rows: [found],
    } = await authenticate(c, [selectInstance('payment', payment)])
    return c.json(bodyOf(foundPayment(found, { account, payment }), c.var.deps.config.stripe.livemode), 200)
  })
  .openapi(history, async (c) => {
    const { account, payment } = c.req.valid('param')
    const { limit, cursor } = c.req.valid('query')
    const {
      rows: [found, transitions],
    } = await authenticate(c, [
      selectInstance('payment', payment),
      listTransitions({ machine: 'payment', id: payment, before: cursor, limit }),
    ])
    foundPayment(found, { account, payment })
    return c.json(historyPage(transitions, limit), 200)
  })

function bodyOf(row: InstanceRow, livemode: boolean): PaymentBody {
  return paymentBody(paymentLifecycle.read(row), { createdAt: row.created_at, livemode })
}
