/**
 * Catches up on what an account owns after a time without its events: the account was out of reach, Stripe sent no events,
 * or Stripe no longer keeps them. Known objects become due for a check. Unknown ones begin, and then owe a refresh.
 */
import { makeChecksDue } from '../../store/checks.ts'
import { selectInstance, selectKnownIds } from '../../store/instances.ts'
import type { LifecycleAdapter } from '../adapter.ts'
import { advance } from '../advance.ts'
import type { EngineDeps } from '../deps.ts'

export type RecheckDeps = Omit<EngineDeps, 'config'> & Parameters<typeof advance>[0]

/** No refund or dispute is made later than this. */
const LONGEST_DISPUTE_MS = 180 * 86_400_000
const BATCH = 500
/** Pages per lifecycle. Objects beyond them begin with their next event. */
const PAGES = 5

/** `until`: instances that began later are left out. @throws what the Stripe call and the database throw */
export async function recheckOwned(
  deps: RecheckDeps,
  { account, until }: { account: string; until?: number },
): Promise<void> {
  const at = deps.now()
  const { owner } = deps.lifecycles
  const machines = deps.lifecycles.machines.filter((machine) => machine !== owner.lifecycle.name)
  const of = { machines, account, since: at - LONGEST_DISPUTE_MS, until: until ?? at, at, limit: BATCH }
  let marked: number
  do {
    // oxlint-disable-next-line no-await-in-loop
    ;[marked] = await deps.db.write([makeChecksDue(of)])
  } while (marked === BATCH)
  await backfill(deps, account)
}

/** Begins the objects that Stripe lists for the account and that are unknown here. @throws as `recheckOwned` does */
export async function backfill(deps: RecheckDeps, account: string): Promise<void> {
  const { owner, machines, adapterOf } = deps.lifecycles
  const [row] = await deps.db.read([selectInstance(owner.lifecycle.name, account)])
  // An account that is out of reach again lists nothing. It owes another recheck when it is back.
  if (!row || owner.isReachable?.(row.value) === false) return
  // Objects made before the account was known are not this platform's.
  for (const machine of machines)
    // oxlint-disable-next-line no-await-in-loop
    await beginUnknown(deps, adapterOf(machine), { account, since: row.created_at })
}

async function beginUnknown(
  deps: RecheckDeps,
  { lifecycle, listSince }: LifecycleAdapter,
  of: { account: string; since: number },
): Promise<void> {
  if (!listSince) return
  const { name } = lifecycle
  let pages = 0
  for await (const events of listSince(deps.stripe, of)) {
    const [known] = await deps.db.read([
      selectKnownIds(
        name,
        events.map(({ id }) => id),
      ),
    ])
    const knownIds = new Set(known)
    const units = events
      .filter(({ id }) => !knownIds.has(id))
      .map((event) => ({
        cause: { kind: 'reconciler' as const, id: `${name}:${event.id}@${deps.now()}` },
        events: [event],
      }))
    if (units.length > 0) await advance(deps, units)
    pages += 1
    if (pages === PAGES) return
  }
}
