/**
 * The only way in: load, step, commit. Whatever happens, and whoever says so, comes through here; no second path writes
 * state. An arrival commits in one batch that starts with its history rows, so a lost race rolls all of it back and is
 * tried again on what is stored by then, a bounded number of times.
 */
import type { Config } from '../config.ts'
import { same } from '../../machines/watermark.ts'
import type { Log } from '../log.ts'
import { Conflict, StorageUnavailable, Unstorable, type Database } from '../store/database.ts'
import { selectEventId } from '../store/inbox.ts'
import {
  parseInstances,
  parseTransitions,
  selectByAlias,
  selectByExternalId,
  selectInstance,
  selectTransition,
  type Transition,
} from '../store/instances.ts'
import type { Owed } from '../store/outbox.ts'
import { selectAnswered } from '../store/requests.ts'
import type { UnitOfWork, AdvanceResult } from './unit-of-work.ts'
import type { TransitionRow } from '../store/rows.ts'
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
  const subjects = touched(units)
  const named = units.flatMap(({ events }) =>
    events.flatMap((instanceEvent) => {
      const externalId = claimedExternalId(instanceEvent)
      return externalId === null ? [] : [{ machine: instanceEvent.machine, externalId }]
    }),
  )
  const onces = units.flatMap(({ once }) => once ?? [])
  const rows = await db.read([
    ...subjects.map(({ machine, id, isAlias }) => (isAlias ? selectByAlias : selectInstance)(machine, id)),
    ...named.map(({ machine, externalId }) => selectByExternalId(machine, externalId)),
    ...onces.map((once) =>
      'event' in once ? selectEventId(once.event) : selectAnswered(once.client, once.key),
    ),
    ...ambiguous.map(({ transition: { machine, id, seq } }) => selectTransition(machine, id, seq)),
  ])
  const take = (count: number) => rows.splice(0, count)

  const instances = take(subjects.length).map((found) => parseInstances(found)[0] ?? null)
  const names = take(named.length).flatMap(parseInstances)
  const handled = take(onces.length)
  const transitions = take(ambiguous.length).flatMap(parseTransitions)

  const landed = ambiguous.find(({ transition }) => transitions.some((row) => isSame(row, transition)))
  if (landed) return { landed: landed.plan }
  return {
    instances: new Map(
      subjects.map(({ machine, id }, index) => [instanceKey(machine, id), instances[index] ?? null]),
    ),
    names: new Map(
      names.map(({ machine, id, external_id }) => [instanceKey(machine, external_id ?? ''), id]),
    ),
    handled: new Set(onces.filter((_, index) => handled[index]?.length).map(onceKey)),
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
