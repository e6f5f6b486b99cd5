/**
 * Asks a gate. Facts that are suspect or old are verified with Stripe once before it answers; then the statechart
 * decides, and a refusal says why. An account that owes a look is suspect until it has had it.
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import type { Gate } from '../../machines/gates.ts'
import { suspects } from '../../machines/watermark.ts'
import { readAs } from '../engine/read-as.ts'
import type { Deps } from '../deps.ts'
import { Problem } from '../http/problem.ts'
import type { InstanceRow } from '../store/instances.ts'
import { failedCall, mayBeTheAccount, type FailedCall } from '../stripe/errors.ts'
import type { AccountCode } from '../../machines/account/closures.ts'
import { explainGate, type ExplainedBlocker } from './explain.ts'
import { verify } from './verify.ts'

/** What every look settles, and gates depend on. Doubts about anything else are settled in their own time. */
const DECIDING = /^(connection|account|capabilities\..+)$/

interface Asking {
  gate: Gate
  row: InstanceRow
  /** The request that asks. */
  requestId: string
}

/** The account, when its gate is open. @throws Problem gate_closed; what verifying throws */
export async function passGate(deps: Deps, { gate, row, requestId }: Asking): Promise<LiveAccount> {
  return requireOpen(gate, await currentAccount(deps, row, requestId))
}

/** The account as a gate sees it: verified with Stripe first, where what is stored is suspect or old. */
export async function currentAccount(deps: Deps, row: InstanceRow, requestId: string): Promise<LiveAccount> {
  const isCurrent = ({ context: { facts, owes_refresh, verified_at } }: LiveAccount) => {
    if (owes_refresh || suspects(facts).some((piece) => DECIDING.test(piece))) return false
    return deps.now() - (verified_at ?? 0) <= deps.config.factsMaxAgeMs
  }
  const stored = readAs('account', row)
  return isCurrent(stored) ? stored : verify(deps, { row, requestId, isEnough: isCurrent })
}

/** Does what an open gate let through. @throws Problem gate_closed, where Stripe refuses it because of the account */
export async function throughGate<T>(deps: Deps, asking: Asking, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const failed = failedCall(error)
    if (failed) await recheckGate(deps, { failed, ...asking })
    throw error
  }
}

/** @throws Problem gate_closed, if Stripe's refusal was the account's */
export async function recheckGate(
  deps: Deps,
  { gate, ...asking }: Asking & { failed: FailedCall },
): Promise<void> {
  const live = await recheck(deps, asking)
  if (live) requireOpen(gate, live)
}

/**
 * Stripe refused what was allowed here. Unless that was about the request itself, the account may have changed: Stripe
 * is asked at once, so that this caller learns why and the next one is refused here. Null: it was about the request.
 */
export async function recheck(
  deps: Deps,
  { failed, row, requestId }: Omit<Asking, 'gate'> & { failed: FailedCall },
): Promise<LiveAccount | null> {
  if (!mayBeTheAccount(failed)) return null
  const refusedAt = deps.now()
  const isEnough = ({ context }: LiveAccount) => (context.verified_at ?? 0) >= refusedAt
  return verify(deps, { row, requestId, isEnough })
}

function requireOpen(gate: Gate, live: LiveAccount): LiveAccount {
  const { open, blockers } = explainGate(gate, live)
  if (open) return live
  throw gateClosed(gate, live, blockers)
}

/** Where only one of a gate's reasons counts, whatever else closes it. @throws Problem gate_closed */
export function refuseFor(code: AccountCode, gate: Gate, live: LiveAccount): void {
  const blockers = explainGate(gate, live).blockers.filter((blocker) => blocker.code === code)
  if (blockers.length > 0) throw gateClosed(gate, live, blockers)
}

export function gateClosed(gate: Gate, live: LiveAccount, blockers: readonly ExplainedBlocker[]): Problem {
  return new Problem('gate_closed', blockers.map(({ detail }) => detail).join(' '), {
    members: { gate, account: live.context.id, state: live.value, blockers },
  })
}
