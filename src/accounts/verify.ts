/**
 * Fetches an account from Stripe once for all concurrent requests that need it. A lease in the database decides which
 * request fetches, because the requests run in many isolates, and workerd lets no request wait for another's I/O. The
 * other requests poll for the stored result. A lease that is never released expires; at worst, several requests fetch.
 */
import { account as accountLifecycle, type LiveAccount } from '../../machines/account/account.ts'
import type { Deps } from '../deps.ts'
import { refresh } from '../engine/refresh.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { claimLease, releaseLease } from '../store/leases.ts'

/** Stripe nearly always answers within a second. A request that has waited this long fetches by itself. */
const LEASE_MS = 5_000
const POLL_MS = 150

interface Verification {
  row: InstanceRow
  requestId: string
  /** Whether the stored account is fresh enough, for example because another request has fetched it. */
  isEnough: (live: LiveAccount) => boolean
}

/** @throws what the Stripe call and the database throw */
export async function verify(deps: Deps, { row, requestId, isEnough }: Verification): Promise<LiveAccount> {
  const name = `verify:${row.id}`
  const started = deps.now()
  for (;;) {
    const now = deps.now()
    // oxlint-disable no-await-in-loop
    const [isMine, found] = await deps.db.write([
      claimLease({ name, holder: requestId, now, until: now + LEASE_MS }),
      selectInstance('account', row.id),
    ])
    const stored = found ?? row
    const live = accountLifecycle.read(stored)
    if (isEnough(live)) {
      if (isMine) await deps.db.write([releaseLease(name, requestId)])
      return live
    }
    if (isMine || now - started > LEASE_MS) return fetchUnderLease(deps, { stored, name, requestId })
    await deps.sleep(POLL_MS * (0.5 + deps.random()))
    // oxlint-enable no-await-in-loop
  }
}

async function fetchUnderLease(
  deps: Deps,
  { stored, name, requestId }: { stored: InstanceRow; name: string; requestId: string },
): Promise<LiveAccount> {
  const release = releaseLease(name, requestId)
  try {
    const outcome = await refresh(deps, stored, { kind: 'gate', id: requestId }, (applied) => {
      if (applied.kind === 'failed') throw applied.error
      return [release]
    })
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    return result && result.kind !== 'unknown' ? (result.live as LiveAccount) : accountLifecycle.read(stored)
  } catch (error) {
    // Release the lease at once, so that the next request can fetch. The error goes to this caller.
    await deps.db.write([release]).catch(() => {})
    throw error
  }
}
