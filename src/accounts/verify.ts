/**
 * Asks Stripe how an account is, once for all who want to know at the same time. Who asks is settled by a lease in the
 * database: requests reach many isolates, and within one workerd lets no request wait for another's I/O. The others wait
 * for what the first is told. A lease that is not given back runs out, and then more than one may ask; nothing worse.
 */
import type { LiveAccount } from '../../machines/account/account.ts'
import { readAs } from '../engine/read-as.ts'
import { refresh } from '../engine/refresh.ts'
import type { Deps } from '../deps.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { claimLease, releaseLease } from '../store/leases.ts'

/** Stripe answers within one second nearly always. Whoever has waited this long asks for themselves. */
const LEASE_MS = 5_000
const POLL_MS = 150

interface Wanted {
  row: InstanceRow
  /** The request that asks. */
  requestId: string
  /** Whether what somebody else was told will do. */
  isEnough: (live: LiveAccount) => boolean
}

/** @throws what the Stripe call and the database throw */
export async function verify(deps: Deps, { row, requestId, isEnough }: Wanted): Promise<LiveAccount> {
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
    const live = readAs('account', stored)
    if (isEnough(live)) {
      if (isMine) await deps.db.write([releaseLease(name, requestId)])
      return live
    }
    if (isMine || now - started > LEASE_MS) return ask(deps, { stored, name, requestId })
    await deps.sleep(POLL_MS * (0.5 + deps.random()))
    // oxlint-enable no-await-in-loop
  }
}

async function ask(
  deps: Deps,
  { stored, name, requestId }: { stored: InstanceRow; name: string; requestId: string },
): Promise<LiveAccount> {
  const release = releaseLease(name, requestId)
  try {
    const outcome = await refresh(deps, stored, { kind: 'gate', id: requestId }, (taken) => {
      if (taken.kind === 'failed') throw taken.error
      return [release]
    })
    const result = outcome?.kind === 'applied' ? outcome.results[0] : undefined
    return result && result.kind !== 'unknown' ? (result.live as LiveAccount) : readAs('account', stored)
  } catch (error) {
    // The next in line need not wait until the lease has run out. What went wrong is for this caller to know.
    await deps.db.write([release]).catch(() => {})
    throw error
  }
}
