/** Whether a failure is about the one thing that was asked for, or about everything. */
import { StorageUnavailable } from '../../store/database.ts'
import { failedCall } from '../../stripe/errors.ts'

/** What may keep Stripe from answering anything at all, and may as well be about one account alone: only more calls tell. */
export type Trouble = 'unavailable' | 'rate_limited' | 'misconfigured'

export function troubleOf(error: unknown): Trouble | null {
  const kind = failedCall(error)?.failure.kind
  return kind === 'unavailable' || kind === 'rate_limited' || kind === 'misconfigured' ? kind : null
}

/** This run may not ask Stripe again; the next goes on. `why`: the trouble there was, or that it has asked enough. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent'
  readonly why: Trouble | 'budget'
  constructor(why: Trouble | 'budget') {
    super(`the reconciler may not ask Stripe again for now: ${why}`)
    this.why = why
  }
}

/** The next thing asked for would fare no better: the run ends. */
export function endsTheRun(error: unknown): boolean {
  return error instanceof BudgetSpent || error instanceof StorageUnavailable
}
