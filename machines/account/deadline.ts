/** When time alone may change an account: its next requirements deadline that was not handled yet. */
import type { AccountContext } from './context.ts'

/** Unix seconds, or null. */
export function nextDeadline({ facts, deadline_noticed }: AccountContext): number | null {
  const truth = facts.account?.value
  const deadlines = [truth?.requirements.current_deadline, truth?.future_requirements.current_deadline]
    .filter((deadline) => deadline != null)
    .filter((deadline) => deadline_noticed === null || deadline > deadline_noticed)
  return deadlines.length > 0 ? Math.min(...deadlines) : null
}
