/**
 * What a client asks of a payment that exists. Its state is asked first, then the gate, then Stripe; where Stripe refuses
 * what the state allowed, the state was old, and is asked again once it is not.
 *
 * Captures and cancellations ask for the gate of refunds, which is only that the account is connected: a capture ends what
 * the charge gate let through, and what it brings stays on the account's balance, which a hold keeps from being paid out. Only
 * an account of another shape is never charged, by a capture of what somebody else has authorized neither.
 */
import { payment, type LivePayment } from '../../machines/payment/payment.ts'
import type { PaymentEvent } from '../../machines/payment/events.ts'
import { suspects } from '../../machines/watermark.ts'
import { passGate, recheckGate, refuseFor } from '../accounts/gate.ts'
import { readAs } from '../engine/read-as.ts'
import { refresh } from '../engine/refresh.ts'
import type { Deps } from '../deps.ts'
import type { IdempotentRequest } from '../idempotency/request.ts'
import { Problem } from '../http/problem.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { AccountId, PaymentIntentId } from '../stripe/ids.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'

export interface CommandRequest {
  account: InstanceRow
  payment: InstanceRow
  keyed: IdempotentRequest
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

/** Stripe's own ids of the two. */
export function idsOf({ account, payment: row }: CommandRequest): [AccountId, PaymentIntentId] {
  return [AccountId.parse(account.id), PaymentIntentId.parse(row.id)]
}

/** The payment, whose state takes the command. @throws Problem payment_state_conflict, gate_closed */
export async function allowCommand(
  deps: Deps,
  asked: CommandRequest,
  command: Command,
): Promise<LivePayment> {
  const stored = readAs('payment', asked.payment)
  const { verified_at, facts } = stored.context
  const isCurrent = verified_at !== null && suspects(facts).length === 0
  const live = requireTaken(isCurrent ? stored : await lookAgain(deps, asked), command)
  const account = await passGate(deps, { gate: 'refund', row: asked.account, requestId: asked.requestId })
  if (command === 'capture') refuseFor('account_unsupported', 'charge', account)
  return live
}

/**
 * Sends what the state allowed. `check`: what else the payment must bear out, asked again where Stripe refuses.
 * @throws Problem payment_state_conflict, gate_closed, what `check` throws; what Stripe's refusal or silence throws
 */
export async function sendCommand<T>(
  deps: Deps,
  asked: CommandRequest,
  { command, send, check }: { command: Command; send: () => Promise<T>; check?: (live: LivePayment) => void },
): Promise<T> {
  try {
    return await send()
  } catch (error) {
    const failed = failedCall(error)
    if (failed) await explainRefusal(deps, asked, { failed, command, check })
    throw error
  }
}

async function explainRefusal(
  deps: Deps,
  asked: CommandRequest,
  {
    failed,
    command,
    check,
  }: { failed: FailedCall; command: Command; check: ((live: LivePayment) => void) | undefined },
): Promise<void> {
  if (failed.failure.kind === 'no_access') {
    const { account: row, requestId } = asked
    return recheckGate(deps, { failed, gate: 'refund', row, requestId })
  }
  if (failed.failure.kind !== 'refused' || failed.replayed) return
  const live = await lookAgain(deps, asked)
  requireTaken(live, command)
  check?.(live)
}

/** Others may act on the payment at the same time; what is seen between two of their acts settles what is in doubt. */
const LOOKS = 3

/** The payment as Stripe has it now, as far as that can be told within a few looks. */
async function lookAgain(deps: Deps, { payment: asked, requestId }: CommandRequest): Promise<LivePayment> {
  for (let look = 1; ; look += 1) {
    // oxlint-disable no-await-in-loop
    const [stored] = await deps.db.read([selectInstance('payment', asked.id)])
    const row = stored ?? asked
    const outcome = await refresh(deps, row, { kind: 'gate', id: `${requestId}.${look}` })
    // oxlint-enable no-await-in-loop
    if (outcome?.kind === 'failed') throw outcome.error
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    const live = result && result.kind !== 'unknown' ? (result.live as LivePayment) : readAs('payment', row)
    if (look === LOOKS || suspects(live.context.facts).length === 0) return live
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
  return payment.takes(live, { type: COMMANDS[command] })
}
