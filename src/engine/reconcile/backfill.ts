/**
 * Begins the payments and payouts that an account made while no event reached us: it was out of reach, Stripe sent no events
 * or keeps them no longer. What Stripe lists and is unknown here begins, and then owes a refresh.
 */
import { selectInstance, selectKnownIds } from '../../store/instances.ts'
import type { LifecycleAdapter } from '../adapter.ts'
import { advance } from '../advance.ts'
import type { EngineDeps } from '../deps.ts'

export type BackfillDeps = Omit<EngineDeps, 'config'> & Parameters<typeof advance>[0]

/** Pages per lifecycle. An account that made more since is heard of when the rest moves. */
const PAGES = 5

/** @throws what the Stripe call and the database throw */
export async function backfill(deps: BackfillDeps, account: string): Promise<void> {
  const { owner, machines, adapterOf } = deps.lifecycles
  const [row] = await deps.db.read([selectInstance(owner.lifecycle.name, account)])
  // An account that is out of reach again lists nothing; this is owed again when it is back.
  if (!row || owner.isReachable?.(row.value) === false) return
  // Objects made before the account was known are not this platform's.
  for (const machine of machines)
    // oxlint-disable-next-line no-await-in-loop
    await beginUnknown(deps, adapterOf(machine), { account, since: row.created_at })
}

async function beginUnknown(
  deps: BackfillDeps,
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
