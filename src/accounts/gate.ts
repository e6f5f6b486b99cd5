/**
 * Where it is decided whether an account may charge, refund, be paid out or onboard. Facts that are suspect or old are
 * verified with Stripe once; then the statechart decides, and a refusal names every reason.
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

/** Pieces that gates depend on, and that every fetch of the account covers. Other suspect pieces can wait. */
const DECIDING = /^(connection|account|capabilities\..+)$/

export interface GateQuestion {
  gate: Gate
  row: InstanceRow
  /** The request that asks. */
  requestId: string
}

/** The account, when its gate is open. @throws Problem gate_closed; what verifying throws */
export async function passGate(deps: Deps, { gate, row, requestId }: GateQuestion): Promise<LiveAccount> {
  return requireOpen(gate, await currentAccount(deps, row, requestId))
}

/** The account as a gate sees it: verified with Stripe first if it is suspect, owes a refresh, or is old. */
export async function currentAccount(deps: Deps, row: InstanceRow, requestId: string): Promise<LiveAccount> {
  const isCurrent = ({ context: { facts, owes_refresh, verified_at } }: LiveAccount) => {
    if (owes_refresh || suspects(facts).some((piece) => DECIDING.test(piece))) return false
    return deps.now() - (verified_at ?? 0) <= deps.config.factsMaxAgeMs
  }
  const stored = accountLifecycle.read(row)
  return isCurrent(stored) ? stored : verify(deps, { row, requestId, isEnough: isCurrent })
}

/**
 * After Stripe failed a call that the gate let through: if the account may be the reason, verifies it at once, so that this
 * caller learns why and the next one is refused here. @throws Problem gate_closed
 */
export async function refuseIfGateClosed(
  deps: Deps,
  { gate, row, requestId }: GateQuestion,
  failed: FailedCall | null,
): Promise<void> {
  const live = await verifyAfterRefusal(deps, { row, requestId, failed })
  if (live) requireOpen(gate, live)
}

/** Null: the failure was about the request, not the account. */
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

/** Refuses for one of a gate's reasons only, whatever else closes it. @throws Problem gate_closed */
export function refuseFor(code: AccountCode, gate: Gate, live: LiveAccount): void {
  const blockers = explainGate(gate, live).blockers.filter((blocker) => blocker.code === code)
  if (blockers.length > 0) throw gateClosed(gate, live, blockers)
}

export function gateClosed(gate: Gate, live: LiveAccount, blockers: readonly ExplainedBlocker[]): Problem {
  return new Problem('gate_closed', blockers.map(({ detail }) => detail).join(' '), {
    members: { gate, account: live.context.id, state: live.value, blockers },
  })
}
