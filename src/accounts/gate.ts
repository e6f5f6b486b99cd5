/**
 * Decides whether an account may charge, refund, be paid out or onboard. If the stored facts are suspect or old, they are
 * verified with Stripe once. Then the statechart decides, and a refusal lists every reason.
 */
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountCode } from '../../machines/account/closures.ts'
import type { Gate } from '../../machines/gates.ts'
import { suspects } from '../../machines/watermark.ts'
import type { Deps } from '../deps.ts'
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'
import { mayBeTheAccount, type FailedCall } from '../stripe/errors.ts'
import { explainGate, type ExplainedBlocker } from './explain.ts'
import { verify } from './verify.ts'

/** The facts that gates depend on. Every fetch of the account covers them. A gate does not wait for other suspect facts. */
const DECIDING = /^(connection|account|capabilities\..+)$/

export interface GateQuestion {
  gate: Gate
  row: InstanceRow
  requestId: string
}

/** The account, if its gate is open. @throws Problem gate_closed; what `verify` throws */
export async function passGate(deps: Deps, { gate, row, requestId }: GateQuestion): Promise<LiveAccount> {
  return requireOpen(gate, await currentAccount(deps, row, requestId))
}

/** The account; verified with Stripe first if it is suspect, owes a refresh or is too old. */
export async function currentAccount(deps: Deps, row: InstanceRow, requestId: string): Promise<LiveAccount> {
  const isCurrent = ({ context: { facts, owes_refresh, verified_at } }: LiveAccount) => {
    if (owes_refresh || suspects(facts).some((piece) => DECIDING.test(piece))) return false
    return deps.now() - (verified_at ?? 0) <= deps.config.factsMaxAgeMs
  }
  const stored = accountLifecycle.read(row)
  return isCurrent(stored) ? stored : verify(deps, { row, requestId, isEnough: isCurrent })
}

/**
 * Call it when Stripe has refused a call although the gate was open. If the account may be the reason, it is verified at
 * once: this caller learns the reason, and later calls are refused without asking Stripe. @throws Problem gate_closed
 */
export async function refuseIfGateClosed(
  deps: Deps,
  { gate, row, requestId }: GateQuestion,
  failed: FailedCall | null,
): Promise<void> {
  const live = await verifyAfterRefusal(deps, { row, requestId, failed })
  if (live) requireOpen(gate, live)
}

/** The account, verified after the failed call; null if the failure cannot be about the account. */
export async function verifyAfterRefusal(
  deps: Deps,
  { row, requestId, failed }: Omit<GateQuestion, 'gate'> & { failed: FailedCall | null },
): Promise<LiveAccount | null> {
  if (!failed || !mayBeTheAccount(failed)) return null
  const refusedAt = deps.now()
  const isEnough = ({ context }: LiveAccount) => (context.verified_at ?? 0) >= refusedAt
  return verify(deps, { row, requestId, isEnough })
}

function requireOpen(gate: Gate, live: LiveAccount): LiveAccount {
  const { open, blockers } = explainGate(gate, live)
  if (open) return live
  throw gateClosed(gate, live, blockers)
}

/** Refuses only if the blocker with this code closes the gate; ignores all others. @throws Problem gate_closed */
export function refuseFor(code: AccountCode, gate: Gate, live: LiveAccount): void {
  const blockers = explainGate(gate, live).blockers.filter((blocker) => blocker.code === code)
  if (blockers.length > 0) throw gateClosed(gate, live, blockers)
}

export function gateClosed(gate: Gate, live: LiveAccount, blockers: readonly ExplainedBlocker[]): Problem {
  return new Problem('gate_closed', blockers.map(({ detail }) => detail).join(' '), {
    members: { gate, account: live.context.id, state: live.value, blockers },
  })
}
