/**
 * Runs owed effects until they are done: right after the commit that owes them, and again from cron. Running an effect
 * twice is harmless: the second run changes nothing.
 */
import type { Effect } from '../../machines/effects.ts'
import { UnreadableState } from '../../machines/lifecycle.ts'
import type { AdvanceDeps } from './advance.ts'
import type { FetchDeps } from './adapter.ts'
import { refresh } from './refresh.ts'
import { describeError } from '../log.ts'
import { recheckOwned } from './reconcile/recheck-owned.ts'
import type { Statement } from '../store/database.ts'
import { selectInstance } from '../store/instances.ts'
import { claimEffects, failEffect, finishEffect, type Owed } from '../store/outbox.ts'
import { failedCall } from '../stripe/errors.ts'
import {
  backoffMs,
  CRON_LEASE_MS,
  EFFECT_TIMEOUT_MS,
  MAX_ATTEMPTS,
  REQUEST_LEASE_MS,
} from './effect-timing.ts'

export type EffectDeps = AdvanceDeps & FetchDeps

/** A request's process may end soon after its response, so cron runs effects that are due later than this. */
const SOON_MS = 5_000
/** workerd opens at most six connections at once for a request, and Stripe's rate limits count every call. */
const CONCURRENCY = 5
const CLAIM = 2 * CONCURRENCY

/** Runs the effects a request owes, after its response. Never rejects: a failed effect stays owed. */
export async function runSoon(deps: EffectDeps, owed: readonly Owed[]): Promise<void> {
  await runConcurrently(owed, async (effect) => {
    const wait = effect.nextAt - deps.now()
    // Too late to finish within the lease: leave it to cron.
    if (wait > SOON_MS || -wait > REQUEST_LEASE_MS - EFFECT_TIMEOUT_MS) return
    if (wait > 0) await deps.sleep(wait)
    await attempt(deps, effect, 0)
  })
}

/** Runs due effects until none is left or the time is up; returns how many ran. */
export async function drainOutbox(deps: EffectDeps, until: number): Promise<number> {
  let ran = 0
  while (deps.now() < until) {
    const now = deps.now()
    // oxlint-disable no-await-in-loop
    const [claimed] = await deps.db.write([
      claimEffects({ now, leasedUntil: now + CRON_LEASE_MS, limit: CLAIM }),
    ])
    await runConcurrently(claimed, (row) =>
      attempt(deps, { ...row, effect: row.effect as Effect, nextAt: row.next_at }, row.attempts),
    )
    // oxlint-enable no-await-in-loop
    ran += claimed.length
    if (claimed.length < CLAIM) break
  }
  return ran
}

async function attempt(deps: EffectDeps, owed: Owed, failedBefore: number): Promise<void> {
  try {
    await inTime(deps, perform(deps, owed))
  } catch (error) {
    const attempts = failedBefore + 1
    // Only a newer build can read the instance, so do not park the effect.
    const parked = attempts >= MAX_ATTEMPTS && !isNewer(error)
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
    const wait = Math.max(backoffMs(Math.min(attempts, MAX_ATTEMPTS), deps.random()), retryAfterMs(error))
    const failed = failEffect({
      name: owed.name,
      error: message,
      nextAt: now + wait,
      parkedAt: parked ? now : null,
    })
    await deps.db.write([failed]).catch((lost: unknown) => {
      // Cron runs the effect again when its lease expires.
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
    case 'recheck':
      return performRecheck(deps, owed)
  }
}

/** Refreshes the instance if its state still owes a refresh: another fetch may have paid it meanwhile. */
async function performRefresh(deps: EffectDeps, { name, machine, id }: Owed): Promise<void> {
  const [row] = await deps.db.read([selectInstance(machine, id)])
  const finish = (): Statement[] => [finishEffect(name, deps.now())]
  const owes = row && deps.lifecycles.lifecycleOf(row.machine).read(row).context.owes_refresh
  if (!owes) {
    await deps.db.write(finish())
    return
  }
  await refresh(deps, row, { kind: 'effect', id: name }, (applied) => {
    if (applied.kind === 'failed') throw applied.error
    return finish()
  })
}

async function performRecheck(deps: EffectDeps, { name, account }: Owed): Promise<void> {
  await recheckOwned(deps, { account })
  await deps.db.write([finishEffect(name, deps.now())])
}

function retryAfterMs(error: unknown): number {
  const failed = failedCall(error)
  return failed?.failure.kind === 'rate_limited' ? failed.failure.retryAfterS * 1000 : 0
}

function isNewer(error: unknown): boolean {
  return error instanceof UnreadableState && error.newer
}

async function inTime(deps: EffectDeps, work: Promise<void>): Promise<void> {
  const late = deps.sleep(EFFECT_TIMEOUT_MS).then(() => {
    throw new Error(`not done within ${EFFECT_TIMEOUT_MS / 1000} s`)
  })
  await Promise.race([work, late])
}

async function runConcurrently<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    // oxlint-disable-next-line no-await-in-loop
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, lane))
}
