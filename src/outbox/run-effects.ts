/**
 * Effects owed, run until done: right after the commit that owes them, and again from cron. Whoever comes first does it;
 * doing it twice changes nothing twice.
 */
import type { Effect } from '../../machines/effects.ts'
import { lifecycleOf, type MachineName } from '../../machines/lifecycles.ts'
import type { AdvanceDeps } from '../advance/advance.ts'
import type { LookDeps } from '../advance/look.ts'
import { refresh } from '../advance/refresh.ts'
import { describeError, type Log } from '../log.ts'
import type { Statement } from '../store/database.ts'
import { parseInstances, selectInstance } from '../store/instances.ts'
import { claimEffects, failEffect, finishEffect, parseEffects, type Owed } from '../store/outbox.ts'
import { failedCall } from '../stripe/stripe-error.ts'
import { backoffMs, MAX_ATTEMPTS } from './backoff.ts'

export interface EffectDeps extends AdvanceDeps, LookDeps {
  log: Log
}

/** A request's afterlife is short; what is due later is cron's. */
const SOON_MS = 5_000
/** Longer than any one effect takes: two Stripe tries of ten seconds and a commit. */
const LEASE_MS = 60_000
const CLAIM = 20

/** Runs what a request owes, once its answer is out. Never rejects: what fails stays owed. */
export async function runSoon(deps: EffectDeps, owed: readonly Owed[]): Promise<void> {
  await Promise.all(
    owed.map(async (effect) => {
      const wait = effect.nextAt - deps.now()
      if (wait > SOON_MS) return
      if (wait > 0) await deps.sleep(wait)
      await attempt(deps, effect, 0)
    }),
  )
}

/** Runs everything that is due until nothing is or the time is up; returns how many were run. */
export async function drainOutbox(deps: EffectDeps, until: number): Promise<number> {
  let ran = 0
  while (deps.now() < until) {
    const now = deps.now()
    // oxlint-disable no-await-in-loop
    const [rows = []] = await deps.db.write([
      claimEffects({ now, leasedUntil: now + LEASE_MS, limit: CLAIM }),
    ])
    const claimed = parseEffects(rows)
    await Promise.all(
      claimed.map((row) =>
        attempt(deps, { ...row, effect: row.effect as Effect, nextAt: row.next_at }, row.attempts),
      ),
    )
    // oxlint-enable no-await-in-loop
    ran += claimed.length
    if (claimed.length < CLAIM) break
  }
  return ran
}

async function attempt(deps: EffectDeps, owed: Owed, failedBefore: number): Promise<void> {
  try {
    await perform(deps, owed)
  } catch (error) {
    const attempts = failedBefore + 1
    const parked = attempts >= MAX_ATTEMPTS
    const message = describeError(error)
    deps.log({
      level: parked ? 'error' : 'warn',
      message: 'effect failed',
      effect: owed.name,
      attempts,
      parked,
      error: message,
    })
    const now = deps.now()
    const wait = retryAfterMs(error) ?? backoffMs(attempts, deps.random())
    const failed = failEffect({
      name: owed.name,
      error: message,
      nextAt: now + wait,
      parkedAt: parked ? now : null,
    })
    await deps.db.write([failed]).catch((lost: unknown) => {
      // Its lease runs out, and cron takes it up again.
      deps.log({
        level: 'error',
        message: 'effect failure not recorded',
        effect: owed.name,
        error: describeError(lost),
      })
    })
  }
}

async function perform(deps: EffectDeps, owed: Owed): Promise<void> {
  switch (owed.effect.kind) {
    case 'refresh':
      return performRefresh(deps, owed)
  }
}

/** The row is only a wake-up: whether the instance still owes the refresh, its own state says. */
async function performRefresh(deps: EffectDeps, { name, machine, id }: Owed): Promise<void> {
  const [rows = []] = await deps.db.read([selectInstance(machine, id)])
  const [row] = parseInstances(rows)
  const finish = (): Statement[] => [finishEffect(name, deps.now())]
  const owes = row && lifecycleOf(row.machine as MachineName).read(row).context.owes_refresh
  if (!owes) {
    await deps.db.write(finish())
    return
  }
  await refresh(deps, row, { kind: 'effect', id: name }, (taken) => {
    if (taken.kind === 'failed') throw taken.error
    return finish()
  })
}

function retryAfterMs(error: unknown): number | null {
  const failed = failedCall(error)
  return failed?.failure.kind === 'rate_limited' ? failed.failure.retryAfterS * 1000 : null
}
