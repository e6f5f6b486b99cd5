/**
 * The tasks that cron runs every minute. A task that fails or runs out of time does not stop the others; the next run
 * continues with what is left.
 */
import { EventGone, replay } from './engine/replay.ts'
import { fireDueTimers } from './engine/timers.ts'
import type { Deps } from './deps.ts'
import { describeError } from './log.ts'
import { drainOutbox } from './engine/outbox.ts'
import { reconcile } from './engine/reconcile/reconcile.ts'
import { prune } from './engine/retention.ts'
import { postponeRetry, selectRetriable } from './store/inbox.ts'

/** Deadlines since the start of the run, so that it ends within the minute. Effects owed go before reconciliation. */
const EFFECTS_DEADLINE_MS = 25_000
/** Later than the effects' deadline, so that slow effects leave time for replays. */
const REPLAY_DEADLINE_MS = 30_000
const RECONCILE_DEADLINE_MS = 45_000
const REPLAYS = 20
/** The pause after a replay that could not be attempted, for example because Stripe is down. */
const FAILED_REPLAY_PAUSE_MS = 3_600_000

export async function runCron(deps: Deps): Promise<void> {
  const started = deps.now()
  const results: Record<string, number | string> = {}
  const task = async (name: string, work: () => Promise<number>) => {
    try {
      results[name] = await work()
    } catch (error) {
      results[name] = 'failed'
      deps.log({ level: 'error', message: 'cron task failed', task: name, error: describeError(error) })
    }
  }
  await task('timers', () => fireDueTimers(deps, started + EFFECTS_DEADLINE_MS))
  await task('effects', () => drainOutbox(deps, started + EFFECTS_DEADLINE_MS))
  await task('replayed', () => replayDue(deps, started + REPLAY_DEADLINE_MS))
  await task(
    'stripe_calls',
    async () => (await reconcile(deps, started + RECONCILE_DEADLINE_MS))?.stripe_calls ?? 0,
  )
  await task('pruned', () => prune(deps))
  deps.log({ level: 'info', message: 'cron', ...results, ms: deps.now() - started })
}

/**
 * Replays failed events whose cause may be gone: a newer build had written the instance and may run by now, or the object
 * was unknown and may be known by now. A replay may fetch the event from Stripe, so each checks the deadline first.
 */
async function replayDue(deps: Deps, until: number): Promise<number> {
  const [events] = await deps.db.read([selectRetriable(deps.now(), REPLAYS)])
  let replayed = 0
  for (const event of events) {
    if (deps.now() >= until) break
    replayed += 1
    // oxlint-disable no-await-in-loop
    try {
      await replay(deps, event, { kind: 'reconciler', id: `${event.id}@${deps.now()}` })
    } catch (error) {
      deps.log({ level: 'error', message: 'replay failed', event: event.id, error: describeError(error) })
      const isGone = error instanceof EventGone
      await deps.db.write([postponeRetry(event.id, isGone ? null : deps.now() + FAILED_REPLAY_PAUSE_MS)])
    }
    // oxlint-enable no-await-in-loop
  }
  return replayed
}
