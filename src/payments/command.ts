/**
 * Commands on an existing payment: capture, cancel, refund. The payment's state decides first, then the account's gate,
 * then Stripe. Where Stripe refuses what the state allowed, the state was out of date: it is fetched and asked again.
 *
 * Captures and cancellations ask for the refund gate, which only needs a connected account: a capture ends what the charge
 * gate let through, and its money stays on the balance, which a hold keeps from being paid out. Only an account of an
 * unsupported shape is never charged, not even by capturing what another platform authorized.
 */
import { payment as paymentLifecycle, type LivePayment } from '../../machines/payment/payment.ts'
import type { PaymentEvent } from '../../machines/payment/events.ts'
import { suspects } from '../../machines/watermark.ts'
import { passGate, refuseFor, refuseIfGateClosed } from '../accounts/gate.ts'
import type { Deps } from '../deps.ts'
import { refresh } from '../engine/refresh.ts'
import { Problem } from '../http/problem.ts'
import type { IdempotentRequest } from '../idempotency/request.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { failedCall } from '../stripe/errors.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'

export interface CommandRequest {
  account: InstanceRow
  payment: InstanceRow
  request: IdempotentRequest
  requestId: string
}

const COMMANDS = {
  capture: 'capture.requested',
  cancel: 'cancel.requested',
  refund: 'refund.requested',
} as const satisfies Record<string, PaymentEvent['type']>

export type Command = keyof typeof COMMANDS

/** The commands the payment's state takes. */
export function commandsOf(live: LivePayment): Command[] {
  return (Object.keys(COMMANDS) as Command[]).filter((command) => takes(live, command))
}

/** Stripe's ids of the account and the payment. */
export function idsOf({ account, payment }: CommandRequest): [AccountId, PaymentIntentId] {
  return [AccountId.parse(account.id), PaymentIntentId.parse(payment.id)]
}

/** The payment, whose state takes the command. @throws Problem payment_state_conflict, gate_closed */
export async function allowCommand(
  deps: Deps,
  asked: CommandRequest,
  command: Command,
): Promise<LivePayment> {
  const stored = paymentLifecycle.read(asked.payment)
  const { verified_at, facts } = stored.context
  const isCurrent = verified_at !== null && suspects(facts).length === 0
  const live = requireTaken(isCurrent ? stored : await fetchAgain(deps, asked), command)
  const account = await passGate(deps, { gate: 'refund', row: asked.account, requestId: asked.requestId })
  if (command === 'capture') refuseFor('account_unsupported', 'charge', account)
  return live
}

/**
 * Explains why Stripe refused a command that the stored state allowed. Returns the fetched payment if its state still takes
 * the command, null if the failure was no refusal. @throws Problem payment_state_conflict, gate_closed
 */
export async function explainRefusedCommand(
  deps: Deps,
  asked: CommandRequest,
  { command, error }: { command: Command; error: unknown },
): Promise<LivePayment | null> {
  const failed = failedCall(error)
  if (failed?.failure.kind === 'no_access') {
    const { account: row, requestId } = asked
    await refuseIfGateClosed(deps, { gate: 'refund', row, requestId }, failed)
  }
  if (failed?.failure.kind !== 'refused' || failed.replayed) return null
  return requireTaken(await fetchAgain(deps, asked), command)
}

/** Other requests may act on the payment meanwhile: a later fetch settles what an earlier one left suspect. */
const FETCHES = 3

/** The payment as Stripe has it now, as far as a few fetches can tell. */
async function fetchAgain(deps: Deps, { payment: asked, requestId }: CommandRequest): Promise<LivePayment> {
  for (let fetch = 1; ; fetch += 1) {
    // oxlint-disable no-await-in-loop
    const [found] = await deps.db.read([selectInstance('payment', asked.id)])
    const row = found ?? asked
    const outcome = await refresh(deps, row, { kind: 'gate', id: `${requestId}.${fetch}` })
    // oxlint-enable no-await-in-loop
    if (outcome?.kind === 'failed') throw outcome.error
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    const live =
      result && result.kind !== 'unknown' ? (result.live as LivePayment) : paymentLifecycle.read(row)
    if (fetch === FETCHES || suspects(live.context.facts).length === 0) return live
  }
}

function requireTaken(live: LivePayment, command: Command): LivePayment {
  if (takes(live, command)) return live
  const { id, account } = live.context
  const words = Object.entries(live.value).map(([region, state]) => `${region} ${state}`)
  throw new Problem(
    'payment_state_conflict',
    `The payment does not take ${command} in its present state: ${words.join(', ')}.`,
    { members: { payment: id, account, command, state: live.value, commands: commandsOf(live) } },
  )
}

function takes(live: LivePayment, command: Command): boolean {
  return paymentLifecycle.takes(live, { type: COMMANDS[command] })
}
