/**
 * Brings a platform's existing accounts under a machine, page by page of Stripe's list. A page and the place it ended are
 * committed together, so a walk that is killed goes on where it stopped and takes no account twice.
 */
import type { Stripe } from 'stripe'
import { z } from 'zod'
import type { LiveAccount } from '../../machines/account/account.ts'
import { isSupportedShape } from '../../machines/account/derive.ts'
import type { AsOf } from '../../machines/watermark.ts'
import { advance, type AdvanceDeps } from '../engine/advance.ts'
import type { UnitOfWork, InstanceEvent, Applied } from '../engine/unit-of-work.ts'
import { describeError } from '../log.ts'
import { saveCursor, selectCursor } from '../store/cursors.ts'
import type { Gateway } from '../stripe/gateway.ts'
import { AccountObject } from '../stripe/objects.ts'
import { observeAccount } from './observe.ts'

export interface AdoptDeps extends AdvanceDeps {
  /** A page of the platform's accounts, asked for at the caller's pace. */
  list: Gateway['listAccounts']
}

/** The walk so far, over all its sittings. */
const Walk = z.object({
  /** The last account taken; null: at the start of Stripe's list, which is newest first. */
  after: z.string().nullable(),
  done: z.boolean(),
  accounts: z.int(),
  begun: z.int(),
  unsupported: z.int(),
  failed: z.int(),
})
export type Walk = z.infer<typeof Walk>

export const NEW_WALK: Walk = { after: null, done: false, accounts: 0, begun: 0, unsupported: 0, failed: 0 }
const CURSOR = 'adopt'
const PAGE = 100

/** The walk to go on with; a new one, where the last was finished. */
export async function readWalk({ db }: Pick<AdoptDeps, 'db'>): Promise<Walk> {
  const [saved] = await db.read([selectCursor(CURSOR)])
  const kept = Walk.safeParse(saved)
  return kept.success && !kept.data.done ? kept.data : NEW_WALK
}

export interface Page {
  walk: Walk
  /** Accounts that could not be taken in, and why. They are looked at again in the next walk. */
  failures: { account: string; reason: string }[]
}

/** What became of one account. */
type InboxResult =
  | { kind: 'known' }
  | { kind: 'begun'; isSupported: boolean }
  | { kind: 'failed'; reason: string }

/** The next page of the walk, taken in. @throws what the Stripe call and the database throw; nothing is lost then */
export async function adoptPage(deps: AdoptDeps, walk: Walk, run: string): Promise<Page> {
  const at = deps.now()
  const { value, as_of } = await deps.list({
    limit: PAGE,
    ...(walk.after !== null && { starting_after: walk.after }),
  })
  const last = value.data.at(-1)
  // A batch may be planned more than once before it commits: the last word on each account counts.
  const became = new Map<string, InboxResult>()
  const ended = () => after(walk, { became, last: last?.id ?? null, done: !value.has_more })
  const units = value.data.map((account): UnitOfWork => {
    const events = eventsOf(account, as_of, at)
    return {
      cause: { kind: 'adopt', id: `${run}/${account.id}` },
      events: events ?? [],
      record: (taken, now) => {
        became.set(account.id, events ? inboxResultOf(taken) : UNREADABLE)
        return account === last ? [saveCursor(CURSOR, ended(), now)] : []
      },
    }
  })
  if (units.length > 0) await advance(deps, units)
  else await deps.db.write([saveCursor(CURSOR, ended(), deps.now())])
  const failures = [...became].flatMap(([account, { kind, ...rest }]) =>
    kind === 'failed' && 'reason' in rest ? [{ account, reason: rest.reason }] : [],
  )
  return { walk: ended(), failures }
}

const UNREADABLE: InboxResult = { kind: 'failed', reason: 'Stripe’s answer could not be read' }

/** As an answer to a call of ours, which began before anything was heard of an account that is new here. */
function eventsOf(account: Stripe.Account, as_of: AsOf, at: number): InstanceEvent[] | null {
  const parsed = AccountObject.safeParse(account)
  if (!parsed.success) return null
  const { id, metadata } = parsed.data
  const external_id = metadata?.gatehouse_external_id ?? null
  const instance = { machine: 'account', id, account: id } as const
  const observation = { ...observeAccount(parsed.data), connection: 'connected' as const }
  return [
    {
      ...instance,
      event: { type: 'stripe.observed', as_of, observation, asked: { seq: 0, at } },
      begin: { id, external_id, metadata: {}, fee_policy: null },
    },
    ...(external_id === null
      ? []
      : [{ ...instance, event: { type: 'account.named' as const, external_id } }]),
  ]
}

function inboxResultOf(taken: Applied): InboxResult {
  if (taken.kind === 'failed') return { kind: 'failed', reason: describeError(taken.error) }
  const [first] = taken.results
  if (first?.kind !== 'moved' || first.from !== null) return { kind: 'known' }
  return { kind: 'begun', isSupported: isSupportedShape((first.live as LiveAccount).context.facts) }
}

function after(
  walk: Walk,
  { became, last, done }: { became: ReadonlyMap<string, InboxResult>; last: string | null; done: boolean },
): Walk {
  const all = [...became.values()]
  return {
    after: last ?? walk.after,
    done,
    accounts: walk.accounts + all.length,
    begun: walk.begun + all.filter(({ kind }) => kind === 'begun').length,
    unsupported: walk.unsupported + all.filter((one) => one.kind === 'begun' && !one.isSupported).length,
    failed: walk.failed + all.filter(({ kind }) => kind === 'failed').length,
  }
}
