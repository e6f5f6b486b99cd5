/**
 * Shared by capture, cancel and refund. The payment's state decides first, then the account's gate, then Stripe. If Stripe
 * refuses what the stored state allows, the stored state is out of date: the payment is fetched and its state decides again.
 *
 * Captures and cancellations pass the refund gate, which only needs a connected account. A capture completes a charge that the
 * charge gate allowed. An operator's hold does not stop it: the hold keeps the money from being paid out. An account of an
 * unsupported shape may not capture what another platform authorized.
 */
import type { Stripe } from 'stripe'
import { payment as paymentLifecycle, type LivePayment } from '../../machines/payment/payment.ts'
import { suspects } from '../../machines/watermark.ts'
import { passGate, refuseFor, refuseIfGateClosed } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { refresh } from '../engine/refresh.ts'
import { Problem } from '../http/problem.ts'
import { observedResult } from '../idempotency/observed-result.ts'
import type { CommandResult, IdempotentRequest } from '../idempotency/request.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Answer } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { PaymentIntentObject } from '../stripe/objects.ts'
import { declineProblem, type Decline } from './decline.ts'
import { observePaymentIntent } from './observe.ts'
import type { CommandName, PaymentBody } from './schemas.ts'
import { commandsOf, paymentBody } from './view.ts'

export interface PaymentCommand {
  account: InstanceRow
  payment: InstanceRow
  request: IdempotentRequest
  requestId: string
}

/** Stripe's ids of the account and the PaymentIntent. */
export function idsOf({ account, payment }: PaymentCommand): [AccountId, PaymentIntentId] {
  return [AccountId.parse(account.id), PaymentIntentId.parse(payment.id)]
}

/** Returns the payment, whose state allows the command. @throws Problem payment_state_conflict, gate_closed */
export async function allowCommand(
  deps: Deps,
  command: PaymentCommand,
  name: CommandName,
): Promise<LivePayment> {
  const stored = paymentLifecycle.read(command.payment)
  const { verified_at, facts } = stored.context
  const isCurrent = verified_at !== null && suspects(facts).length === 0
  const live = requireAllowed(isCurrent ? stored : await fetchPayment(deps, command), name)
  const { account: row, requestId } = command
  const account = await passGate(deps, { gate: 'refund', row, requestId })
  if (name === 'capture') refuseFor('account_unsupported', 'charge', account)
  return live
}

/**
 * Explains why Stripe refused a command that the stored state allowed. Returns the payment as fetched now if its state still
 * allows the command; null if the error is no refusal. @throws Problem payment_state_conflict, gate_closed
 */
export async function explainRefusal(
  deps: Deps,
  command: PaymentCommand,
  { name, error }: { name: CommandName; error: unknown },
): Promise<LivePayment | null> {
  const failed = failedCall(error)
  if (failed?.failure.kind === 'no_access') {
    const { account: row, requestId } = command
    await refuseIfGateClosed(deps, { gate: 'refund', row, requestId }, failed)
  }
  if (failed?.failure.kind !== 'refused' || failed.replayed) return null
  return requireAllowed(await fetchPayment(deps, command), name)
}

/** The result of a command that Stripe answered with the PaymentIntent. A decline is stored as the answer. */
export function paymentResult(
  deps: Deps,
  { account, payment: row }: PaymentCommand,
  of: { askedAt: number; answer: Answer<Stripe.PaymentIntent>; decline?: Decline },
): CommandResult<PaymentBody> {
  const { askedAt, answer, decline } = of
  const { livemode } = deps.config.stripe
  return observedResult(
    deps,
    {
      lifecycle: paymentLifecycle,
      id: row.id,
      account: account.id,
      row,
      askedAt,
      as_of: answer.as_of,
      observation: observePaymentIntent(PaymentIntentObject.parse(answer.value)),
      externalId: row.external_id,
    },
    (live, createdAt) => {
      const payment = paymentBody(live, { createdAt, livemode })
      return decline ? declineProblem(decline, payment) : payment
    },
  )
}

/** Webhooks and other requests may make a fetched payment suspect again at once. */
const MAX_FETCHES = 3

/** Fetches the payment until nothing of it is suspect, a few times at most. */
async function fetchPayment(deps: Deps, { payment, requestId }: PaymentCommand): Promise<LivePayment> {
  for (let fetches = 1; ; fetches += 1) {
    // oxlint-disable no-await-in-loop
    const [found] = await deps.db.read([selectInstance('payment', payment.id)])
    const row = found ?? payment
    const outcome = await refresh(deps, row, { kind: 'gate', id: `${requestId}.${fetches}` })
    // oxlint-enable no-await-in-loop
    if (outcome?.kind === 'failed') throw outcome.error
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    const live =
      result && result.kind !== 'unknown' ? (result.live as LivePayment) : paymentLifecycle.read(row)
    if (fetches === MAX_FETCHES || suspects(live.context.facts).length === 0) return live
  }
}

/** @throws Problem payment_state_conflict */
function requireAllowed(live: LivePayment, command: CommandName): LivePayment {
  const commands = commandsOf(live)
  if (commands.includes(command)) return live
  const { id: payment, account } = live.context
  const state = Object.entries(live.value).map(([region, value]) => `${region} ${value}`)
  throw new Problem(
    'payment_state_conflict',
    `The payment does not allow ${command} in its current state (${state.join(', ')}). Allowed now: ${commands.join(', ') || 'no command'}.`,
    { members: { payment, account, command, state: live.value, commands } },
  )
}
