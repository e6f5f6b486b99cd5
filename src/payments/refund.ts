/** Refunds a payment once, in full or in part, with or without the platform's fee. */
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
import { isMadeBy, markOf, requestName, requireSameBody } from '../idempotency/mark.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { format, partViolation } from '../money/currency.ts'
import { findListed } from '../stripe/find-listed.ts'
import { RefundObject } from '../stripe/objects.ts'
import { allowCommand, explainRefusal, idsOf, type PaymentCommand } from './command.ts'
import { observeRefund } from './observe.ts'
import type { CreateRefund, RefundBody } from './schemas.ts'
import { refundBody } from './view.ts'

/**
 * @throws Problem payment_state_conflict, gate_closed, refund_exceeds_payment, invalid_request; the error of a Stripe call
 * that failed
 */
export async function refundPayment(
  deps: Deps,
  command: PaymentCommand,
  body: CreateRefund,
): Promise<CommandResult<RefundBody>> {
  const { account, payment: row, request } = command
  const [acting] = idsOf(command)
  const existing = existingRefund(command)
  const { value, as_of } = existing
    ? await deps.stripe.retrieveRefund(acting, existing)
    : await executeIdempotent(deps, request, refundOperation(deps, command, body))
  requireSameBody(request, value.metadata)
  const { id } = value
  const refund = observeRefund(RefundObject.parse(value))
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
          observation: { refunds: oneMember(id, refund) },
        },
        begin: { id: row.id, account: account.id, external_id: row.external_id },
      },
    ],
    loaded: loadedFrom('payment', row.id, row),
    answer: () =>
      refundBody(id, refund, {
        payment: row.id,
        account: account.id,
        currency: value.currency,
        created: value.created,
      }),
  }
}

/** The id of the refund this request already created: its answer was lost, but its webhook arrived. */
function existingRefund({ payment: row, request }: PaymentCommand): string | undefined {
  const { refunds } = paymentLifecycle.read(row).context.facts
  return membersOf(refunds).find(([, refund]) => refund.request === requestName(request))?.[0]
}

function refundOperation(
  deps: Deps,
  command: PaymentCommand,
  body: CreateRefund,
): StripeOperation<Stripe.Refund> {
  const [acting, id] = idsOf(command)
  const { request } = command
  const params: Stripe.RefundCreateParams = {
    ...defined(body),
    payment_intent: id,
    metadata: markOf(request),
  }
  return {
    async allow() {
      requireRefundable(await allowCommand(deps, command, 'refund'), body)
    },
    async send(sending) {
      try {
        return await deps.stripe.createRefund(acting, params, sending)
      } catch (error) {
        const live = await explainRefusal(deps, command, { name: 'refund', error })
        if (live) requireRefundable(live, body)
        throw error
      }
    },
    search: (since) =>
      findListed({
        since,
        list: (page) => deps.stripe.listRefunds(acting, { ...page, payment_intent: id }),
        is: ({ metadata }) => isMadeBy(request, metadata),
      }),
    reread: (refund) => deps.stripe.retrieveRefund(acting, refund.id),
    doneAt: ({ created }) => created,
  }
}

/** @throws Problem refund_exceeds_payment, invalid_request */
function requireRefundable({ context: { id, facts } }: LivePayment, { amount }: CreateRefund): void {
  const { currency = '' } = facts.payment?.value ?? {}
  const refundable = amountRefundable(facts)
  if ((amount ?? 1) > refundable) {
    throw new Problem(
      'refund_exceeds_payment',
      `At most ${format(refundable, currency)} of the payment can still be refunded. Pending refunds count as refunded.`,
      { members: { payment: id, currency, amount: amount ?? null, refundable } },
    )
  }
  const violation = amount === undefined ? null : partViolation(amount, currency)
  if (violation) throw fieldProblem({ path: 'amount', ...violation })
}
