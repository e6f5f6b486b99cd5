/** Whether a failure is about the one thing that was asked for, or about everything. */
import { StorageUnavailable } from '../store/database.ts'
import { failedCall } from '../stripe/stripe-error.ts'
import { BudgetSpent } from './budget.ts'

/** The next thing asked for would fare no better: the run ends. */
export function concernsAll(error: unknown): boolean {
  const kind = failedCall(error)?.failure.kind
  if (kind !== undefined) return kind === 'unavailable' || kind === 'rate_limited' || kind === 'misconfigured'
  return error instanceof BudgetSpent || error instanceof StorageUnavailable
}
