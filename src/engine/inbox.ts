/** A Stripe event as an arrival: what it means to which instances, and its inbox row with what became of it. */
import { UnreadableState } from '../../machines/lifecycle.ts'
import { same } from '../../machines/watermark.ts'
import { describeError } from '../log.ts'
import { insertEvent, saveReplay, type InboxResult, type InboxRow, type InboxStatus } from '../store/inbox.ts'
import { addToTally } from '../store/tallies.ts'
import type { EventEnvelope } from '../stripe/objects.ts'
import { translate, type Translation } from './translate.ts'
import type { UnitOfWork, Cause, StepResult, Applied } from './unit-of-work.ts'

/** How long a rolling deploy is given before what only the newer build can apply is tried again. */
const NEWER_BUILD_MS = 60_000
/** Longer than any look at Stripe takes, with all of its calls. */
const LOOK_MS = 300_000

export function webhookUnit(
  event: EventEnvelope,
  from: { source: InboxRow['source']; cause: Cause },
): UnitOfWork {
  const translation = translate(event)
  return {
    cause: from.cause,
    events: eventsOf(translation),
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
        ...inboxResultOf(translation, taken, now),
      }),
      ...(from.source === 'reconciler' ? [addToTally('reconciler', 'recovered', 1)] : []),
    ],
  }
}

/**
 * The same event once more, on its old row: whatever is known already, it cannot change. What is not known by now is not
 * waited for any longer: whoever makes it known asks Stripe after the event.
 */
export function replayUnit(event: EventEnvelope, cause: Cause): UnitOfWork {
  const translation = translate(event)
  return {
    cause,
    events: eventsOf(translation),
    record: (taken, now) => {
      const became = inboxResultOf(translation, taken, now)
      const retryAt = became.outcome === 'failed' ? became.retryAt : null
      return [saveReplay({ id: event.id, at: now, payload: translation.payload, ...became, retryAt })]
    },
  }
}

function eventsOf(translation: Translation) {
  return translation.kind === 'events' ? translation.events : []
}

/** What became of an event. One that cannot be applied is kept with its reason, and is in nobody's way. */
export function inboxResultOf(translation: Translation, taken: Applied, now: number): InboxResult {
  if (translation.kind !== 'events')
    return { outcome: translation.kind, detail: translation.reason, retryAt: null }
  if (taken.kind === 'failed') {
    const { error } = taken
    const isNewer = error instanceof UnreadableState && error.newer
    return {
      outcome: 'failed',
      detail: describeError(error),
      retryAt: isNewer ? now + NEWER_BUILD_MS : null,
    }
  }
  const outcomes = taken.results.map(outcomeOf)
  const outcome = (['applied', 'stale', 'unchanged'] as const).find((kind) => outcomes.includes(kind))
  const isAwaited = taken.results.some(
    ({ kind }, index) => kind === 'unknown' && translation.events[index]?.isAwaited,
  )
  return {
    outcome: outcome ?? 'unchanged',
    detail: detailOf(taken.results),
    retryAt: isAwaited ? now + LOOK_MS : null,
  }
}

/** That it was heard leaves its mark in the history all the same: an answer under way may be older than it. */
function saysNothingNew({ live, from, changed, effects }: Extract<StepResult, { kind: 'moved' }>): boolean {
  return same(from, live.value) && Object.keys(changed).length === 0 && effects.length === 0
}

function outcomeOf(result: StepResult): InboxStatus {
  if (result.kind === 'moved') return saysNothingNew(result) ? 'unchanged' : 'applied'
  return result.kind === 'unmoved' && result.why === 'stale' ? 'stale' : 'unchanged'
}

const OWES =
  'Stripe is asked: this could not be ordered against what is known, or was the first that was heard.'
const TWIN =
  'It carries the name of something else that is known here: what was asked for once may have been made twice. An operator should look.'
const UNKNOWN = 'What it is about is not known here yet; when it is, Stripe is asked for all of it.'

function detailOf(results: readonly StepResult[]): string | null {
  if (results.some((result) => result.kind === 'unmoved' && result.why === 'external_id_taken')) return TWIN
  if (results.length > 0 && results.every(({ kind }) => kind === 'unknown')) return UNKNOWN
  const owes = results.some(
    (result) => result.kind === 'moved' && result.effects.some(({ kind }) => kind === 'refresh'),
  )
  return owes ? OWES : null
}
