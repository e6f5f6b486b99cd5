/**
 * What the clock sets going, every minute. Each task stands alone: what fails or is slow keeps no other from its turn,
 * and the next minute takes up whatever is left.
 */
import { EventGone, replay } from './engine/replay.ts'
import { fireDueTimers } from './engine/timers.ts'
import type { Deps } from './deps.ts'
import { describeError } from './log.ts'
import { drainOutbox } from './engine/outbox.ts'
import { reconcile } from './engine/reconcile/reconcile.ts'
import { prune } from './engine/retention.ts'
import { postponeRetry, selectRetriable } from './store/inbox.ts'

/** All of it ends well inside the minute; what is owed goes before what may have been missed. */
const OWED_MS = 25_000
/** So that effects which take all of their time leave some to events. */
const REPLAYED_MS = 30_000
const ALL_MS = 45_000
const REPLAYS = 20
/** What cannot even be tried now is tried again later. */
const FAILED_MS = 3_600_000

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
  await task('woken', () => fireDueTimers(deps, started + OWED_MS))
  await task('effects', () => drainOutbox(deps, started + OWED_MS))
  await task('replayed', () => replayDue(deps, started + REPLAYED_MS))
  await task('stripe_calls', async () => (await reconcile(deps, started + ALL_MS))?.stripe_calls ?? 0)
  await task('pruned', () => prune(deps))
  deps.log({ level: 'info', message: 'cron', ...results, ms: deps.now() - started })
}

/**
 * Events that failed because a newer build had written what they are about: by now, this may be that build. And those of
 * what was not known: by now it may be. Each may have to be fetched from Stripe, which may hang.
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
      deps.log({ level: 'error', message: 'not replayed', event: event.id, error: describeError(error) })
      const isGone = error instanceof EventGone
      await deps.db.write([postponeRetry(event.id, isGone ? null : deps.now() + FAILED_MS)])
    }
    // oxlint-enable no-await-in-loop
  }
  return replayed
}
