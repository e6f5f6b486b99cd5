/**
 * The only path that writes state: load, step, commit. A group of units commits in one batch. The batch starts with its
 * history rows, so a lost race rolls all of it back. It is then retried from a fresh read, a bounded number of times.
 */
import { same } from '../../machines/watermark.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { Conflict, readGroups, StorageUnavailable, Unstorable, type Database } from '../store/database.ts'
import { hasEvent } from '../store/inbox.ts'
import { selectByAlias, selectByExternalId, selectInstance } from '../store/instances.ts'
import type { Owed } from '../store/outbox.ts'
import { mapResult } from '../store/parse.ts'
import { hasAnswer } from '../store/requests.ts'
import { selectTransition, type Transition, type TransitionRow } from '../store/transitions.ts'
import type { Lifecycles } from './adapter.ts'
import {
  claimedExternalId,
  covers,
  instanceKey,
  onceKey,
  plan,
  touchedBy,
  type Loaded,
  type Plan,
} from './plan.ts'
import type { AdvanceResult, UnitOfWork } from './unit-of-work.ts'

export interface AdvanceDeps {
  lifecycles: Lifecycles
  config: Pick<Config, 'factsMaxAgeMs'>
  db: Database
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
  log: Log
  /** Runs effects soon after their commit. If that never happens, cron runs them. */
  runSoon: (owed: readonly Owed[]) => void
}

/** Fifty writers of one account need about a dozen tries at worst. A writer that needs more than this answers 503. */
const TRIES = 16
const LONGEST_WAIT_MS = 400
/** Stripe waits only seconds for the answer to a webhook, and clients wait no longer. */
const LONGEST_MS = 9_000

/** A batch without an answer: it may have committed, or may still commit. */
interface AmbiguousCommit {
  plan: Plan
  /** Its first history row: the row is there if and only if the batch committed. */
  transition: Transition
}

/**
 * Applies the units in order and commits them as one group. `known`: rows that the caller has just read; they save a read
 * if no other writer has changed them. @throws StorageUnavailable, and what a unit's `record` throws
 */
export async function advance(
  deps: AdvanceDeps,
  units: readonly UnitOfWork[],
  known?: Loaded,
): Promise<AdvanceResult[]> {
  const { lifecycles } = deps
  const { factsMaxAgeMs } = deps.config
  const started = deps.now()
  const ambiguous: AmbiguousCommit[] = []
  let unstorable: Unstorable | undefined
  let loaded = known && covers(known, touchedBy(units, lifecycles)) ? known : undefined
  for (let attempt = 1; ; attempt += 1) {
    // oxlint-disable no-await-in-loop
    let planned: Plan | undefined
    try {
      const found = loaded ?? (await load(deps, units, ambiguous))
      if ('committed' in found) return finish(deps, found.committed, attempt)
      planned = plan(units, found, { lifecycles, factsMaxAgeMs, now: deps.now(), unstorable })
      if (planned.statements.length > 0) await deps.db.write(planned.statements)
      return finish(deps, planned, attempt)
    } catch (error) {
      if (!mayRetry(error) || (error instanceof Unstorable && unstorable)) throw error
      if (attempt === TRIES || deps.now() - started > LONGEST_MS) throw exhausted(error, attempt)
      // One unit of the group lost a race. The database does not say which, so each is retried alone.
      if (units.length > 1 && !(error instanceof StorageUnavailable)) return oneByOne(deps, units)
      // The database refuses this unit for good: record it as failed, so that it blocks nothing else.
      if (error instanceof Unstorable) unstorable = error
      const transition = planned?.transitions[0]
      if (planned && transition && error instanceof StorageUnavailable)
        ambiguous.push({ plan: planned, transition })
    }
    loaded = undefined
    await deps.sleep(deps.random() * Math.min(LONGEST_WAIT_MS, 10 * 2 ** attempt))
    // oxlint-enable no-await-in-loop
  }
}

function finish(deps: AdvanceDeps, { results, owed }: Plan, attempt: number): AdvanceResult[] {
  if (attempt > 1) deps.log({ level: 'info', message: 'committed after retries', attempts: attempt })
  if (owed.length > 0) deps.runSoon(owed)
  return results
}

async function oneByOne(deps: AdvanceDeps, units: readonly UnitOfWork[]): Promise<AdvanceResult[]> {
  const results: AdvanceResult[] = []
  for (const unit of units) {
    // oxlint-disable-next-line no-await-in-loop
    results.push(...(await advance(deps, [unit])))
  }
  return results
}

/** Reads every instance the units touch, in one snapshot; or finds the ambiguous batch that did commit. */
async function load(
  { db, lifecycles }: AdvanceDeps,
  units: readonly UnitOfWork[],
  ambiguous: readonly AmbiguousCommit[],
): Promise<Loaded | { committed: Plan }> {
  const found = await readGroups(db, {
    instances: touchedBy(units, lifecycles).map(({ machine, id, isAlias }) =>
      mapResult(
        (isAlias ? selectByAlias : selectInstance)(machine, id),
        (row) => [instanceKey(machine, id), row] as const,
      ),
    ),
    externalIds: units
      .flatMap(({ events }) => events)
      .flatMap((event) => {
        const externalId = claimedExternalId(event)
        if (externalId === null) return []
        return mapResult(selectByExternalId(event.machine, externalId), (row) =>
          row ? [[instanceKey(event.machine, externalId), row.id] as const] : [],
        )
      }),
    handled: units.flatMap(({ once }) => {
      if (!once) return []
      const isHandled = 'event' in once ? hasEvent(once.event) : hasAnswer(once.client, once.key)
      return mapResult(isHandled, (is) => (is ? [onceKey(once)] : []))
    }),
    committed: ambiguous.map(({ plan: planned, transition }) =>
      mapResult(selectTransition(transition.machine, transition.id, transition.seq), (row) =>
        row && isSame(row, transition) ? [planned] : [],
      ),
    ),
  })
  const [committed] = found.committed.flat()
  if (committed) return { committed }
  return {
    instances: new Map(found.instances),
    externalIds: new Map(found.externalIds.flat()),
    handled: new Set(found.handled.flat()),
  }
}

/** Compares time and changes too: another process that handles the same event writes the same cause. */
function isSame(row: TransitionRow, { machine, id, seq, at, cause, changed }: Transition): boolean {
  const isSameStep = row.machine === machine && row.id === id && row.seq === seq
  const isSameCause = row.cause_kind === cause.kind && row.cause_id === cause.id
  return isSameStep && isSameCause && row.at === at && same(row.changed, changed)
}

function mayRetry(error: unknown): boolean {
  return (
    error instanceof Conflict ||
    error instanceof Unstorable ||
    (error instanceof StorageUnavailable && error.outcomeUnknown)
  )
}

function exhausted(error: unknown, attempts: number): Error {
  if (error instanceof StorageUnavailable) return error
  return new StorageUnavailable(`lost the race ${attempts} times`, { cause: error, outcomeUnknown: false })
}
