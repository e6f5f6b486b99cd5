/** Captures, cancels and refunds an existing payment. */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { foundAccount } from '../accounts/find.ts'
import type { Env } from '../http/env.ts'
import { commitAnswer, identifyRequest, openRequest } from '../idempotency/request.ts'
import { defineRoute, IdempotencyKey, json, optionalBody, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { cancelPayment } from './cancel.ts'
import { capturePayment } from './capture.ts'
import type { PaymentCommand } from './command.ts'
import { foundPayment } from './find.ts'
import { refundPayment } from './refund.ts'
import {
  CancelPayment,
  CapturePayment,
  CreateRefund,
  PaymentBody,
  PaymentParams,
  RefundBody,
} from './schemas.ts'
import { selectInstance } from '../store/instances.ts'

const PATH = '/v1/accounts/{account}/payments/{payment}'

const PROBLEMS = [
  'invalid_json',
  'idempotency_key_required',
  'account_not_found',
  'payment_not_found',
  'payment_state_conflict',
  'gate_closed',
  'idempotency_key_reused',
  'idempotency_key_in_use',
  'body_too_large',
  'stripe_refused',
  'stripe_unavailable',
] as const

const STATE_AND_GATE =
  'If the payment’s state does not allow it (see `commands`), the answer is 409 `payment_state_conflict`, without a call to Stripe. Needs an `Idempotency-Key`. Passes the `refund` gate: the account must be connected, but may be restricted, rejected or held.'

const capture = defineRoute({
  method: 'post',
  path: `${PATH}/capture`,
  summary: 'Capture an authorized payment, in full or in part',
  description: `Only once: Stripe releases what is not captured. ${STATE_AND_GATE}`,
  request: { params: PaymentParams, headers: IdempotencyKey, body: optionalBody(CapturePayment) },
  responses: { 200: json(PaymentBody, 'The payment.'), ...problems('card_declined', ...PROBLEMS) },
})

const cancel = defineRoute({
  method: 'post',
  path: `${PATH}/cancel`,
  summary: 'Cancel an unpaid payment',
  description: `Releases an authorization, and expires an open Checkout Session. ${STATE_AND_GATE}`,
  request: { params: PaymentParams, headers: IdempotencyKey, body: optionalBody(CancelPayment) },
  responses: { 200: json(PaymentBody, 'The payment.'), ...problems(...PROBLEMS) },
})

const refund = defineRoute({
  method: 'post',
  path: `${PATH}/refunds`,
  summary: 'Refund a payment, in full or in part',
  description: `More than can still be refunded is answered 422 \`refund_exceeds_payment\`. A refund that the account’s balance cannot cover stays \`pending\` until money comes in. ${STATE_AND_GATE}`,
  request: { params: PaymentParams, headers: IdempotencyKey, body: optionalBody(CreateRefund) },
  responses: { 201: json(RefundBody, 'The refund.'), ...problems('refund_exceeds_payment', ...PROBLEMS) },
})

export const paymentCommands = newRouter()
  .openapi(capture, async (c) => {
    const command = await openCommand(c, c.req.valid('param'))
    const captured = await capturePayment(c.var.deps, command, c.req.valid('json'))
    return c.json(await commitAnswer(c, command.request, { status: 200, ...captured }), 200)
  })
  .openapi(cancel, async (c) => {
    const command = await openCommand(c, c.req.valid('param'))
    const canceled = await cancelPayment(c.var.deps, command)
    return c.json(await commitAnswer(c, command.request, { status: 200, ...canceled }), 200)
  })
  .openapi(refund, async (c) => {
    const command = await openCommand(c, c.req.valid('param'))
    const refunded = await refundPayment(c.var.deps, command, c.req.valid('json'))
    return c.json(await commitAnswer(c, command.request, { status: 201, ...refunded }), 201)
  })

async function openCommand(
  c: Context<Env>,
  { account, payment }: z.infer<typeof PaymentParams>,
): Promise<PaymentCommand> {
  const { request, rows } = await openRequest(c, await identifyRequest(c), [
    selectInstance('account', account),
    selectInstance('payment', payment),
  ])
  const [accountRow, paymentRow] = rows
  return {
    account: foundAccount(accountRow, account),
    payment: foundPayment(paymentRow, { account, payment }),
    request,
    requestId: c.var.requestId,
  }
}
