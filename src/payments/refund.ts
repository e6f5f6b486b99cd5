/** Gives back what was paid, all that is left or a part, once, with or without the platform's fee. */
import type { Stripe } from 'stripe'
import type { LivePayment } from '../../machines/payment/payment.ts'
import { amountRefundable } from '../../machines/payment/derive.ts'
import { membersOf } from '../../machines/watermark.ts'
import { loadedFrom } from '../engine/plan.ts'
import { readAs } from '../engine/read-as.ts'
import { defined } from '../defined.ts'
import type { Deps } from '../deps.ts'
import {
  executeIdempotent,
  isMadeBy,
  requestMetadata,
  requestName,
  type Act,
} from '../idempotency/execute.ts'
import type { CommandResult } from '../idempotency/request.ts'
import { Problem } from '../http/problem.ts'
import { ruleBroken } from '../http/field-rule.ts'
import { brokenWhole, format } from '../money/currency.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'
import { RefundObject } from '../stripe/objects.ts'
import { one, observeRefund } from './observe.ts'
import { allowCommand, idsOf, sendCommand, type CommandRequest } from './command.ts'
import type { CreateRefund, RefundBody } from './schemas.ts'
import { refundBody } from './view.ts'

/**
 * @throws Problem payment_state_conflict, gate_closed, refund_exceeds_payment, invalid_request; what Stripe's refusal or
 * silence throws
 */
export async function refundPayment(
  deps: Deps,
  asked: CommandRequest,
  request: CreateRefund,
): Promise<CommandResult<RefundBody>> {
  const { account, payment: row, keyed } = asked
  const made = madeBy(asked)
  const act = refund(deps, asked, request)
  const { value, as_of } = made ? await act.reread({ id: made }) : await executeIdempotent(deps, keyed, act)
  isMadeBy(keyed, value.metadata)
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
          observation: { refunds: one(object.id, observeRefund(object)) },
        },
        begin: { id: row.id, account: account.id, external_id: row.external_id },
      },
    ],
    known: loadedFrom('payment', row.id, row),
    answer: () =>
      refundBody(object.id, observeRefund(object), {
        payment: row.id,
        account: account.id,
        currency: value.currency,
        created: value.created,
      }),
  }
}

/** A refund this very request made before, whose answer was lost and whose event came. */
function madeBy({ payment: row, keyed }: CommandRequest): string | undefined {
  const { refunds } = readAs('payment', row).context.facts
  return membersOf(refunds).find(([, { request }]) => request === requestName(keyed))?.[0]
}

function refund(
  deps: Deps,
  asked: CommandRequest,
  request: CreateRefund,
): Act<Stripe.Refund> & { reread: (refund: Pick<Stripe.Refund, 'id'>) => Promise<Answer<Stripe.Refund>> } {
  const [acting, id] = idsOf(asked)
  const { keyed } = asked
  const params: Stripe.RefundCreateParams = {
    ...defined(request),
    payment_intent: id,
    metadata: requestMetadata(keyed),
  }
  return {
    async allow() {
      checkLeft(await allowCommand(deps, asked, 'refund'), request)
    },
    send: (sending) =>
      sendCommand(deps, asked, {
        command: 'refund',
        send: () => deps.stripe.createRefund(acting, params, sending),
        check: (live) => checkLeft(live, request),
      }),
    find: (since) =>
      findListed({
        since,
        list: (page) => deps.stripe.listRefunds(acting, { ...page, payment_intent: id }),
        is: ({ metadata }) => isMadeBy(keyed, metadata),
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
  if (broken) throw ruleBroken({ path: 'amount', ...broken })
}
