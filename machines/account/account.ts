/** The account lifecycle: its statechart, its stored form, and the blockers of its gates. */
import { blockers, type Blocker, type Gate } from '../gates.ts'
import { lifecycle, type Live } from '../lifecycle.ts'
import { withHeardSeq } from '../upcasts.ts'
import { CONDITIONS } from './conditions.ts'
import { AccountContext } from './context.ts'
import { nextDeadline } from './deadline.ts'
import { toVersion2 } from './upcasts.ts'
import type { AccountCode, AccountMeta, Badge } from './closures.ts'
import { accountMachine } from './machine.ts'
import { accountRegions } from './regions.ts'

export const account = lifecycle({
  name: 'account',
  machine: accountMachine,
  regions: accountRegions,
  version: 3,
  context: AccountContext,
  upcasts: { 1: toVersion2, 2: withHeardSeq },
  wakeAt: ({ context }) => {
    const deadline = nextDeadline(context)
    return deadline === null ? null : deadline * 1000
  },
  freshFor: (_live, factsMaxAgeMs) => factsMaxAgeMs,
  externalId: ({ context }) => context.external_id,
})

export type LiveAccount = Live<AccountContext>

/** Why the gate is closed; empty when it is open. */
export function accountBlockers(gate: Gate, { value, context }: LiveAccount): Blocker<AccountCode>[] {
  return blockers(gate, activeMeta(value), (condition: keyof typeof CONDITIONS) =>
    CONDITIONS[condition](context.facts),
  )
}

export function accountBadge({ value }: LiveAccount): Badge {
  const badges = activeMeta(value).flatMap(({ meta }) => meta.badge ?? [])
  return badges[0] ?? 'restricted'
}

function activeMeta(value: LiveAccount['value']) {
  return account
    .active(value)
    .map(({ region, state, meta }) => ({ region, state, meta: meta as AccountMeta }))
}
