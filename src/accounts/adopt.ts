/**
 * Adopts a platform's existing accounts, page by page of Stripe's list. Each page commits together with the cursor, so a
 * walk that is killed resumes after its last committed page and counts no account twice.
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
import { accountFetched } from './events.ts'

export interface AdoptDeps extends AdvanceDeps {
  /** Reads one page of the platform's accounts. The caller limits the rate. */
  list: Gateway['listAccounts']
}

/** Progress through Stripe's list of accounts. One walk may span several runs of the command. */
const Walk = z.object({
  /** The last account read; null at the start of Stripe's list, which is newest first. */
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
const PAGE_SIZE = 100

/** The unfinished walk, or a new one. */
export async function readWalk({ db }: Pick<AdoptDeps, 'db'>): Promise<Walk> {
  const [saved] = await db.read([selectCursor(CURSOR)])
  const stored = Walk.safeParse(saved)
  return stored.success && !stored.data.done ? stored.data : NEW_WALK
}

export interface AdoptedPage {
  walk: Walk
  /** Accounts that could not be adopted, and why. The next walk tries them again. */
  failures: { account: string; reason: string }[]
}

type AccountOutcome =
  | { kind: 'known' }
  | { kind: 'begun'; isSupported: boolean }
  | { kind: 'failed'; reason: string }

/** Adopts the next page of the walk. @throws what the Stripe call and the database throw; then nothing is committed */
export async function adoptPage(deps: AdoptDeps, walk: Walk, run: string): Promise<AdoptedPage> {
  const at = deps.now()
  const { value, as_of } = await deps.list({
    limit: PAGE_SIZE,
    ...(walk.after !== null && { starting_after: walk.after }),
  })
  const last = value.data.at(-1)
  // `advance` may plan a batch again before it commits; the last outcome of each account counts.
  const outcomes = new Map<string, AccountOutcome>()
  const walkAfterPage = () =>
    addPage(walk, { outcomes: [...outcomes.values()], last: last?.id ?? walk.after, done: !value.has_more })
  const units = value.data.map((account): UnitOfWork => {
    const events = eventsOf(account, as_of, at)
    return {
      cause: { kind: 'adopt', id: `${run}/${account.id}` },
      events: events ?? [],
      record: (applied, now) => {
        outcomes.set(account.id, events ? outcomeOf(applied) : UNREADABLE)
        return account === last ? [saveCursor(CURSOR, walkAfterPage(), now)] : []
      },
    }
  })
  if (units.length > 0) await advance(deps, units)
  else await deps.db.write([saveCursor(CURSOR, walkAfterPage(), deps.now())])
  const failures = [...outcomes].flatMap(([account, outcome]) =>
    outcome.kind === 'failed' ? [{ account, reason: outcome.reason }] : [],
  )
  return { walk: walkAfterPage(), failures }
}

const UNREADABLE: AccountOutcome = { kind: 'failed', reason: 'Stripe’s answer could not be read' }

function eventsOf(account: Stripe.Account, as_of: AsOf, at: number): InstanceEvent[] | null {
  const parsed = AccountObject.safeParse(account)
  if (!parsed.success) return null
  // The list call may have begun before the latest events of a known account, so it claims to follow none: `seq` is 0.
  return accountFetched(parsed.data, { as_of, asked: { seq: 0, at }, adopt: true })
}

function outcomeOf(applied: Applied): AccountOutcome {
  if (applied.kind === 'failed') return { kind: 'failed', reason: describeError(applied.error) }
  const [first] = applied.results
  if (first?.kind !== 'moved' || first.from !== null) return { kind: 'known' }
  return { kind: 'begun', isSupported: isSupportedShape((first.live as LiveAccount).context.facts) }
}

function addPage(
  walk: Walk,
  page: { outcomes: readonly AccountOutcome[]; last: string | null; done: boolean },
): Walk {
  const { outcomes, last, done } = page
  const begun = outcomes.filter((outcome) => outcome.kind === 'begun')
  return {
    after: last,
    done,
    accounts: walk.accounts + outcomes.length,
    begun: walk.begun + begun.length,
    unsupported: walk.unsupported + begun.filter(({ isSupported }) => !isSupported).length,
    failed: walk.failed + outcomes.filter(({ kind }) => kind === 'failed').length,
  }
}
