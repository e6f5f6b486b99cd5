/** A Stripe event as a unit of work: its events for instances, and its inbox row with the outcome. */
import { UnreadableState } from '../../machines/lifecycle.ts'
import { same } from '../../machines/watermark.ts'
import { describeError } from '../log.ts'
import { insertEvent, saveReplay, type InboxResult, type InboxRow, type InboxStatus } from '../store/inbox.ts'
import { addToTally } from '../store/tallies.ts'
import type { EventEnvelope } from '../stripe/objects.ts'
import type { Lifecycles } from './adapter.ts'
import { translate, type Translation } from './translate.ts'
import type { Applied, Cause, StepResult, UnitOfWork } from './unit-of-work.ts'

/** When to retry an event that only a newer build can apply: a rolling deploy takes about this long. */
const NEWER_BUILD_MS = 60_000
/** Longer than any fetch takes, all of its calls included. */
const FETCH_MS = 300_000

export function webhookUnit(
  lifecycles: Lifecycles,
  event: EventEnvelope,
  from: { source: InboxRow['source']; cause: Cause },
): UnitOfWork {
  const translation = translate(event, lifecycles.handlersOf(event.type))
  return {
    cause: from.cause,
    events: eventsOf(translation),
    once: { event: event.id },
    record: (applied, now) => [
      insertEvent({
        id: event.id,
        type: event.type,
        account: event.account ?? null,
        source: from.source,
        created: event.created,
        receivedAt: now,
        payload: translation.payload,
        ...inboxResultOf(translation, applied, now),
      }),
      ...(from.source === 'reconciler' ? [addToTally('reconciler', 'recovered', 1)] : []),
    ],
  }
}

/**
 * Replays an event onto its inbox row. It cannot undo newer facts. An instance that is still unknown is not awaited again:
 * its beginning owes a refresh, which reads Stripe after the event.
 */
export function replayUnit(lifecycles: Lifecycles, event: EventEnvelope, cause: Cause): UnitOfWork {
  const translation = translate(event, lifecycles.handlersOf(event.type))
  return {
    cause,
    events: eventsOf(translation),
    record: (applied, now) => {
      const result = inboxResultOf(translation, applied, now)
      const retryAt = result.outcome === 'failed' ? result.retryAt : null
      return [saveReplay({ id: event.id, at: now, payload: translation.payload, ...result, retryAt })]
    },
  }
}

function eventsOf(translation: Translation) {
  return translation.kind === 'events' ? translation.events : []
}

/** The outcome of an event. An event that cannot be applied is kept with the reason, and blocks no other. */
export function inboxResultOf(translation: Translation, applied: Applied, now: number): InboxResult {
  if (translation.kind !== 'events')
    return { outcome: translation.kind, detail: translation.reason, retryAt: null }
  if (applied.kind === 'failed') {
    const { error } = applied
    const isNewer = error instanceof UnreadableState && error.newer
    return {
      outcome: 'failed',
      detail: describeError(error),
      retryAt: isNewer ? now + NEWER_BUILD_MS : null,
    }
  }
  const statuses = applied.results.map(statusOf)
  const outcome = (['applied', 'stale', 'unchanged'] as const).find((status) => statuses.includes(status))
  const isAwaited = applied.results.some(
    ({ kind }, index) => kind === 'unknown' && translation.events[index]?.isAwaited,
  )
  return {
    outcome: outcome ?? 'unchanged',
    detail: detailOf(applied.results),
    retryAt: isAwaited ? now + FETCH_MS : null,
  }
}

function statusOf(result: StepResult): InboxStatus {
  if (result.kind === 'moved') return saysNothingNew(result) ? 'unchanged' : 'applied'
  return result.kind === 'unmoved' && result.why === 'stale' ? 'stale' : 'unchanged'
}

/** The event still leaves a history row, because a fetch under way may be older than the event. */
function saysNothingNew({ live, from, changed, effects }: Extract<StepResult, { kind: 'moved' }>): boolean {
  return same(from, live.value) && Object.keys(changed).length === 0 && effects.length === 0
}

const OWES_REFRESH =
  'A refresh is owed: the event could not be ordered against the stored facts, or was the first about its object.'
const EXTERNAL_ID_TAKEN =
  'Another object already has this external id: the object of one request may have been made twice. An operator should compare both at Stripe.'
const UNKNOWN = 'The object is not known here yet. When it is, a refresh fetches all of it from Stripe.'

function detailOf(results: readonly StepResult[]): string | null {
  if (results.some((result) => result.kind === 'unmoved' && result.why === 'external_id_taken'))
    return EXTERNAL_ID_TAKEN
  if (results.length > 0 && results.every(({ kind }) => kind === 'unknown')) return UNKNOWN
  const owes = results.some(
    (result) => result.kind === 'moved' && result.effects.some(({ kind }) => kind === 'refresh'),
  )
  return owes ? OWES_REFRESH : null
}
