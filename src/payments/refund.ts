/** Refunds a payment, whole or in part, once, with or without the platform's fee. */
import type { Stripe } from 'stripe'
import { amountRefundable } from '../../machines/payment/derive.ts'
import { payment as paymentLifecycle, type LivePayment } from '../../machines/payment/payment.ts'
import { membersOf, oneMember } from '../../machines/watermark.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import { loadedFrom } from '../engine/plan.ts'
import { fieldProblem } from '../http/field-rule.ts'
import { Problem } from '../http/problem.ts'
import { executeIdempotent, type StripeOperation } from '../idempotency/execute.ts'
import { isMadeBy, markOf, requestName } from '../idempotency/mark.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { brokenWhole, format } from '../money/currency.ts'
import { findListed } from '../stripe/find-listed.ts'
import { RefundObject } from '../stripe/objects.ts'
import { allowCommand, explainRefusedCommand, idsOf, type CommandRequest } from './command.ts'
import { observeRefund } from './observe.ts'
import type { CreateRefund, RefundBody } from './schemas.ts'
import { refundBody } from './view.ts'

/**
 * @throws Problem payment_state_conflict, gate_closed, refund_exceeds_payment, invalid_request; what Stripe's refusal or
 * silence throws
 */
export async function refundPayment(
  deps: Deps,
  asked: CommandRequest,
  body: CreateRefund,
): Promise<CommandResult<RefundBody>> {
  const { account, payment: row, request } = asked
  const [acting] = idsOf(asked)
  const made = refundMadeBy(asked)
  const { value, as_of } = made
    ? await deps.stripe.retrieveRefund(acting, made)
    : await executeIdempotent(deps, request, refund(deps, asked, body))
  isMadeBy(request, value.metadata)
  const object = RefundObject.parse(value)
  return {
    events: [
      {
        machine: 'payment',
        id: row.id,
        account: account.id,
        event: {
          type: 'stripe.observed',
          as_of,
          after: row.seq,
          observation: { refunds: oneMember(object.id, observeRefund(object)) },
        },
        begin: { id: row.id, account: account.id, external_id: row.external_id },
      },
    ],
    loaded: loadedFrom('payment', row.id, row),
    answer: () =>
      refundBody(object.id, observeRefund(object), {
        payment: row.id,
        account: account.id,
        currency: value.currency,
        created: value.created,
      }),
  }
}

/** The refund that this request made before: its answer was lost, but its webhook came. */
function refundMadeBy({ payment: row, request }: CommandRequest): string | undefined {
  const { refunds } = paymentLifecycle.read(row).context.facts
  return membersOf(refunds).find(([, refund]) => refund.request === requestName(request))?.[0]
}

function refund(deps: Deps, asked: CommandRequest, body: CreateRefund): StripeOperation<Stripe.Refund> {
  const [acting, id] = idsOf(asked)
  const { request } = asked
  const params: Stripe.RefundCreateParams = {
    ...defined(body),
    payment_intent: id,
    metadata: markOf(request),
  }
  return {
    async allow() {
      checkLeft(await allowCommand(deps, asked, 'refund'), body)
    },
    async send(sending) {
      try {
        return await deps.stripe.createRefund(acting, params, sending)
      } catch (error) {
        const live = await explainRefusedCommand(deps, asked, { command: 'refund', error })
        if (live) checkLeft(live, body)
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (page) => deps.stripe.listRefunds(acting, { ...page, payment_intent: id }),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: (made) => deps.stripe.retrieveRefund(acting, made.id),
    doneAt: ({ created }) => created,
  }
}

function checkLeft({ context: { id, facts } }: LivePayment, { amount }: CreateRefund): void {
  const { currency = '' } = facts.payment?.value ?? {}
  const left = amountRefundable(facts)
  if ((amount ?? 1) > left) {
    throw new Problem(
      'refund_exceeds_payment',
      `${format(left, currency)} is left of the payment to give back. What is already given back, or on its way, counts.`,
      { members: { payment: id, currency, amount: amount ?? null, refundable: left } },
    )
  }
  const broken = amount === undefined ? null : brokenWhole(amount, currency)
  if (broken) throw fieldProblem({ path: 'amount', ...broken })
}
