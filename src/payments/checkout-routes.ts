/** Creates direct charges on Stripe's hosted payment page. */
import { foundAccount } from '../accounts/find.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { commitAnswer, identifyRequest, openRequest } from '../idempotency/request.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { requireAllowedReturn } from '../http/return-to.ts'
import { createCheckoutSession } from './checkout.ts'
import { CheckoutSessionBody, CreateCheckoutSession } from './checkout-schemas.ts'
import { selectInstance } from '../store/instances.ts'

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/checkout_sessions',
  summary: 'Create a Checkout Session, if the account’s charge gate is open',
  description:
    'Stripe’s hosted page, where the customer pays the account. The payment is listed with the account’s payments once the customer has tried to pay. It has the session’s id as `checkout_session` once the session is complete or expired. A session expires after a day, or when its payment is canceled. Needs an `Idempotency-Key`.',
  request: { params: AccountParams, headers: IdempotencyKey, body: body(CreateCheckoutSession) },
  responses: {
    201: json(CheckoutSessionBody, 'The session.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
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

export const checkoutSessions = newRouter().openapi(create, async (c) => {
  const { account } = c.req.valid('param')
  const body = c.req.valid('json')
  const { deps, requestId } = c.var
  const {
    request,
    rows: [found],
  } = await openRequest(c, await identifyRequest(c), [selectInstance('account', account)])
  requireAllowedReturn(body.success_url, deps.config, 'success_url')
  requireAllowedReturn(body.cancel_url, deps.config, 'cancel_url')
  const command = { account: foundAccount(found, account), body, request, requestId }
  const created = await createCheckoutSession(deps, command)
  return c.json(await commitAnswer(c, request, { status: 201, ...created }), 201)
})
