/**
 * Applies an event of the inbox again, through the same path as a webhook. It cannot undo newer facts, because its facts
 * keep their own time. If the stored payload holds too little, the event is fetched from Stripe.
 */
import { z } from 'zod'
import type { InboxRow } from '../store/inbox.ts'
import { failedCall } from '../stripe/errors.ts'
import type { Gateway } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { EventEnvelope, ownedBy } from '../stripe/objects.ts'
import { advance, type AdvanceDeps } from './advance.ts'
import { replayUnit } from './inbox.ts'
import { translate } from './translate.ts'
import type { Cause } from './unit-of-work.ts'

export interface ReplayDeps extends AdvanceDeps {
  stripe: Pick<Gateway, 'retrieveEvent'>
}

/** The payload was pruned, and Stripe no longer has the event. */
export class EventGone extends Error {
  override readonly name = 'EventGone'
}

/** @throws EventGone; what the Stripe call and the database throw */
export async function replay(deps: ReplayDeps, row: InboxRow, cause: Cause): Promise<void> {
  const event = storedInFull(deps, row) ?? (await fetchEvent(deps, row)) ?? storedEvent(row)
  if (!event) throw new EventGone(`the payload of ${row.id} was pruned, and Stripe no longer has the event`)
  await advance(deps, [replayUnit(deps.lifecycles, event, cause)])
}

/** The payload keeps only the fields that the receiving build read. If the event failed, that may be too little. */
function storedInFull({ lifecycles }: ReplayDeps, row: InboxRow): EventEnvelope | null {
  const event = row.outcome === 'failed' ? null : storedEvent(row)
  if (!event) return null
  return translate(event, lifecycles.handlersOf(event.type)).kind === 'events' ? event : null
}

function storedEvent({ payload }: InboxRow): EventEnvelope | null {
  const event = EventEnvelope.safeParse(payload)
  return event.success ? event.data : null
}

async function fetchEvent({ stripe }: ReplayDeps, { id, account }: InboxRow): Promise<EventEnvelope | null> {
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
