/**
 * Takes an event of the inbox in once more, through the same path. What is true already it cannot change: its facts are
 * as old as they are. An event whose kept payload does not say enough is fetched from Stripe again.
 */
import { z } from 'zod'
import { Problem } from '../http/problem.ts'
import type { InboxRow } from '../store/inbox.ts'
import type { Gateway } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { EventEnvelope, ownedBy } from '../stripe/objects.ts'
import { failedCall } from '../stripe/errors.ts'
import { translate } from './translate.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import type { Cause } from './unit-of-work.ts'
import { replayUnit } from './inbox.ts'

export interface ReplayDeps extends AdvanceDeps {
  stripe: Pick<Gateway, 'retrieveEvent'>
}

/** @throws Problem event_gone; what the Stripe call and the database throw */
export async function replay(deps: ReplayDeps, row: InboxRow, cause: Cause): Promise<void> {
  const event = kept(row) ?? (await fetched(deps, row)) ?? partly(row)
  if (!event) {
    throw new Problem(
      'event_gone',
      `Nothing is kept of ${row.id} any more, and Stripe does not have it either.`,
    )
  }
  await advance(deps, [replayUnit(event, cause)])
}

/** What is kept is what the build read that took it in. If that failed, it may have read too little. */
function kept(row: InboxRow): EventEnvelope | null {
  const event = row.outcome === 'failed' ? null : partly(row)
  return event && translate(event).kind === 'events' ? event : null
}

function partly({ payload }: InboxRow): EventEnvelope | null {
  const event = EventEnvelope.safeParse(payload)
  return event.success ? event.data : null
}

async function fetched({ stripe }: ReplayDeps, { id, account }: InboxRow): Promise<EventEnvelope | null> {
  try {
    const { value } = await stripe.retrieveEvent(account === null ? null : AccountId.parse(account), id)
    const event = EventEnvelope.parse(value)
    return account === null ? event : ownedBy(account, event)
  } catch (error) {
    const kind = failedCall(error)?.failure.kind
    if (kind === 'refused' || kind === 'no_access' || error instanceof z.ZodError) return null
    throw error
  }
}
