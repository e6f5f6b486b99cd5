/**
 * The only way in: load, step, commit. Whatever happens, and whoever says so, comes through here; no second path writes
 * state. An arrival commits in one batch that starts with its history rows, so a lost race rolls all of it back and is
 * tried again on what is stored by then, a bounded number of times.
 */
import type { Config } from '../config.ts'
import { same } from '../../machines/watermark.ts'
import type { Log } from '../log.ts'
import { Conflict, readGroups, StorageUnavailable, Unstorable, type Database } from '../store/database.ts'
import { hasEvent } from '../store/inbox.ts'
import { selectByAlias, selectByExternalId, selectInstance } from '../store/instances.ts'
import type { Owed } from '../store/outbox.ts'
import { mapResult } from '../store/parse.ts'
import { hasAnswer } from '../store/requests.ts'
import { selectTransition, type Transition, type TransitionRow } from '../store/transitions.ts'
import type { UnitOfWork, AdvanceResult } from './unit-of-work.ts'
import {
  claimedExternalId,
  covers,
  instanceKey,
  onceKey,
  plan,
  touched,
  type Loaded,
  type Plan,
} from './plan.ts'

export interface AdvanceDeps {
  config: Pick<Config, 'factsMaxAgeMs'>
  db: Database
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
  log: Log
  /** Runs effects soon after they were committed. Should that never happen, cron runs them. */
  runSoon: (owed: readonly Owed[]) => void
}

/** Fifty writers of one account need about a dozen tries at worst; whoever needs more is answered 503 and comes again. */
const TRIES = 16
const LONGEST_WAIT_MS = 400
/** Stripe waits "seconds" for an answer to a webhook; a client's patience is no longer. */
const LONGEST_MS = 9_000

/** A batch whose answer was lost. It may have committed, or may yet. */
interface AmbiguousCommit {
  plan: Plan
  transition: Transition
}

/**
 * Takes arrivals in order and commits them as one group. `known`: what the caller has just loaded, which saves the read
 * when nobody else was faster. @throws StorageUnavailable, and what an arrival's `record` throws
 */
export async function advance(
  deps: AdvanceDeps,
  units: readonly UnitOfWork[],
  known?: Loaded,
): Promise<AdvanceResult[]> {
  const settings = { factsMaxAgeMs: deps.config.factsMaxAgeMs }
  const started = deps.now()
  const ambiguous: AmbiguousCommit[] = []
  let unstorable: Unstorable | undefined
  let loaded = known && covers(known, units) ? known : undefined
  for (let attempt = 1; ; attempt += 1) {
    // oxlint-disable no-await-in-loop
    let planned: Plan | undefined
    try {
      const found = loaded ?? (await load(deps.db, units, ambiguous))
      if ('landed' in found) return finish(deps, found.landed, attempt)
      planned = plan(units, found, { ...settings, now: deps.now(), unstorable })
      if (planned.statements.length > 0) await deps.db.write(planned.statements)
      return finish(deps, planned, attempt)
    } catch (error) {
      if (!mayRetry(error) || (error instanceof Unstorable && unstorable)) throw error
      if (attempt === TRIES || deps.now() - started > LONGEST_MS) throw exhausted(error, attempt)
      if (units.length > 1 && !(error instanceof StorageUnavailable)) return singly(deps, units)
      // What the database will not have is an arrival that failed: it is recorded as such, and is in nobody's way.
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

function finish(deps: AdvanceDeps, { outcomes, owed }: Plan, attempt: number): AdvanceResult[] {
  if (attempt > 1) deps.log({ level: 'info', message: 'committed again', attempts: attempt })
  if (owed.length > 0) deps.runSoon(owed)
  return outcomes
}

/** One of a group was overtaken. Which, the database does not say; alone, each finds its own way. */
async function singly(deps: AdvanceDeps, units: readonly UnitOfWork[]): Promise<AdvanceResult[]> {
  const outcomes: AdvanceResult[] = []
  for (const unit of units) {
    // oxlint-disable-next-line no-await-in-loop
    outcomes.push(...(await advance(deps, [unit])))
  }
  return outcomes
}

/** Everything the arrivals touch, from one snapshot; or, if a batch in doubt did commit, what that one came to. */
async function load(
  db: Database,
  units: readonly UnitOfWork[],
  ambiguous: readonly AmbiguousCommit[],
): Promise<Loaded | { landed: Plan }> {
  const found = await readGroups(db, {
    instances: touched(units).map(({ machine, id, isAlias }) =>
      mapResult(
        (isAlias ? selectByAlias : selectInstance)(machine, id),
        (row) => [instanceKey(machine, id), row] as const,
      ),
    ),
    names: units
      .flatMap(({ events }) => events)
      .flatMap((instanceEvent) => {
        const { machine } = instanceEvent
        const externalId = claimedExternalId(instanceEvent)
        if (externalId === null) return []
        return mapResult(selectByExternalId(machine, externalId), (row) =>
          row ? [[instanceKey(machine, externalId), row.id] as const] : [],
        )
      }),
    handled: units.flatMap(({ once }) => {
      if (!once) return []
      const isHandled = 'event' in once ? hasEvent(once.event) : hasAnswer(once.client, once.key)
      return mapResult(isHandled, (found) => (found ? [onceKey(once)] : []))
    }),
    landed: ambiguous.map(({ plan: committed, transition }) =>
      mapResult(selectTransition(transition.machine, transition.id, transition.seq), (row) =>
        row && isSame(row, transition) ? [committed] : [],
      ),
    ),
  })
  const [landed] = found.landed.flat()
  if (landed) return { landed }
  return {
    instances: new Map(found.instances),
    names: new Map(found.names.flat()),
    handled: new Set(found.handled.flat()),
  }
}

/** The very row: two who handle one event at once write the same cause, but not the same change at the same time. */
function isSame(row: TransitionRow, { machine, id, seq, at, cause, changed }: Transition): boolean {
  const place = row.machine === machine && row.id === id && row.seq === seq
  const by = row.cause_kind === cause.kind && row.cause_id === cause.id
  return place && by && row.at === at && same(row.changed, changed)
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
