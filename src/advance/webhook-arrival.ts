/** A Stripe event as an arrival: what it means to which instances, and its inbox row with what became of it. */
import { describeError } from '../log.ts'
import { insertEvent } from '../store/inbox.ts'
import type { InboxRow, Outcome } from '../store/rows.ts'
import type { EventEnvelope } from '../stripe/objects.ts'
import { translate } from '../stripe/translate.ts'
import type { Arrival, Cause, Result, Taken } from './arrival.ts'

export function webhookArrival(
  event: EventEnvelope,
  from: { source: InboxRow['source']; cause: Cause },
): Arrival {
  const translation = translate(event)
  return {
    cause: from.cause,
    happenings: translation.kind === 'happenings' ? translation.happenings : [],
    once: { event: event.id },
    record: (taken, now) => [
      insertEvent({
        id: event.id,
        type: event.type,
        account: event.account ?? null,
        source: from.source,
        created: event.created,
        receivedAt: now,
        payload: translation.payload,
        ...(translation.kind === 'happenings'
          ? becameOf(taken)
          : { outcome: translation.kind, detail: translation.reason }),
      }),
    ],
  }
}

/** What became of an event. One that cannot be applied is kept with its reason, and is in nobody's way. */
export function becameOf(taken: Taken): { outcome: Outcome; detail: string | null } {
  if (taken.kind === 'failed') return { outcome: 'failed', detail: describeError(taken.error) }
  const outcomes = taken.results.map(outcomeOf)
  const outcome = (['applied', 'stale', 'unchanged'] as const).find((kind) => outcomes.includes(kind))
  return { outcome: outcome ?? 'unchanged', detail: doubtOf(taken.results) }
}

function outcomeOf(result: Result): Outcome {
  if (result.kind === 'moved') return 'applied'
  return result.kind === 'still' && result.why === 'stale' ? 'stale' : 'unchanged'
}

const OWES =
  'Stripe is asked: this could not be ordered against what is known, or was the first that was heard.'
const TWIN =
  'It carries the name of something else that is known here: what was asked for once may have been made twice. An operator should look.'

function doubtOf(results: readonly Result[]): string | null {
  if (results.some((result) => result.kind === 'still' && result.why === 'taken')) return TWIN
  const owes = results.some(
    (result) => result.kind === 'moved' && result.effects.some(({ kind }) => kind === 'refresh'),
  )
  return owes ? OWES : null
}
