/**
 * One act at Stripe for one request of a client: a charge, a capture, a refund, a payout. However often the request
 * comes, whatever died on the way before, it is done once at most; and its outcome is found out, never guessed.
 *
 * The first time costs nothing beside the act: nothing is on record before it, and Stripe's memory of the key, which is
 * made of the client's, is what a retry after a crash relies on. An outcome that stays unknown goes on record. From then
 * on a retry looks at what is there before it acts; it acts under a new key only when `makeOnce` has proof that the last
 * one came to nothing, and of two retries at once only one can come to that. `recordFirst` spends a round trip to have
 * it on record before: for what a state stops allowing once it is done, and a retry would be refused.
 *
 * A crash may leave nothing on record, and the retry may come after Stripe forgot the key. By then the event of what was
 * done has come, or was read back, and its name, which is in its metadata, says whose it is: routes look for that first.
 */
import type { Deps } from '../deps.ts'
import { describeError } from '../log.ts'
import type { Statement } from '../store/database.ts'
import {
  insertUnknown,
  nextAttempt,
  resendAttempt,
  settleAttempt,
  type RequestRow,
} from '../store/requests.ts'
import type { Answer, Sending } from '../stripe/gateway.ts'
import { isForgotten, isSettled, resolveAttempt } from './decide.ts'
import { failedCall } from '../stripe/errors.ts'
import { keyInUse } from '../http/failures.ts'
import { reused, type IdempotentRequest } from './request.ts'

export interface Act<T> {
  /** Whether it may be done now: a gate, a state. Not asked where it turns out to be done. @throws when it may not */
  allow?: () => void | Promise<void>
  recordFirst?: true
  /** Does it. May be called twice, the second time under another key. */
  send: (sending: Sending) => Promise<Answer<T>>
  /** Looks whether it was done, no earlier than `since` (our time, in ms), by whatever key; null: it was not. */
  find: (since: number) => Promise<Answer<T> | null>
  /** How what was done is now: a replayed answer says how it was then. */
  reread: (done: T) => Promise<Answer<T>>
  /** When it was done, in Stripe's seconds, where that can be seen: an answer about earlier times is a replay. */
  doneAt?: (done: T) => number | null
}

type ActDeps = Pick<Deps, 'db' | 'now' | 'log'>

/** What finds a thing again whose request was lost: in its metadata at Stripe, and its external id here. */
export function requestName({ client, key }: Pick<IdempotentRequest, 'client' | 'key'>): string {
  return `${client}:${key}`
}

/** Goes with whatever takes metadata. */
export function requestMetadata(keyed: IdempotentRequest): {
  gatehouse_request: string
  gatehouse_fingerprint: string
} {
  return { gatehouse_request: requestName(keyed), gatehouse_fingerprint: keyed.fingerprint }
}

type Metadata = Record<string, string> | null | undefined

/** Whether this request made it. @throws Problem idempotency_key_reused, when another of the same key did */
export function isMadeBy(keyed: IdempotentRequest, metadata: Metadata): boolean {
  if (metadata?.['gatehouse_request'] !== requestName(keyed)) return false
  if (metadata['gatehouse_fingerprint'] !== keyed.fingerprint) throw reused()
  return true
}

/** @throws Problem idempotency_key_in_use; what `allow` and `send` throw; Stripe's silence, while the outcome is unknown */
export async function executeIdempotent<T>(
  deps: ActDeps,
  keyed: IdempotentRequest,
  act: Act<T>,
): Promise<Answer<T>> {
  const { pending } = keyed
  const found = pending && (await act.find(pending.created_at))
  if (found) return found
  await act.allow?.()
  const answer = await sendOnce(deps, keyed, act)
  const doneAt = act.doneAt?.(answer.value) ?? null
  const isOld = answer.replayed || (doneAt !== null && doneAt < answer.as_of.from)
  return isOld ? act.reread(answer.value) : answer
}

async function sendOnce<T>(deps: ActDeps, keyed: IdempotentRequest, act: Act<T>): Promise<Answer<T>> {
  if (keyed.pending) return again(deps, keyed, act, { pending: keyed.pending, isSent: true })
  if (!act.recordFirst) return firstTime(deps, keyed, act)
  const pending = await claim(deps, insertUnknown({ ...keyed, at: deps.now() }, 1))
  return again(deps, keyed, act, { pending, isSent: false })
}

async function firstTime<T>(deps: ActDeps, keyed: IdempotentRequest, act: Act<T>): Promise<Answer<T>> {
  const at = deps.now()
  const request = { ...keyed, at }
  try {
    return await resolveAttempt({
      // Of others that may be under way nothing is known: only Stripe's own mark can prove that none is.
      attempt: { number: 1, sentAt: at, lostAt: at },
      now: at,
      make: (number) => act.send(number === 1 ? { idempotencyKey: keyOf(keyed, 1) } : singly(keyed, number)),
      // Stripe knew the key, so what it did was done while Stripe still knows it.
      find: () => act.find(at - DAY_MS),
      another: async () => (await claim(deps, insertUnknown(request, 2))).attempt,
    })
  } catch (error) {
    if (failedCall(error)?.failure.kind === 'unavailable') await remember(deps, insertUnknown(request, 1))
    throw error
  }
}

const DAY_MS = 24 * 3_600_000

/** With what is on record: an attempt that was sent before, or one that was put there just now to be sent. */
async function again<T>(
  deps: ActDeps,
  keyed: IdempotentRequest,
  act: Act<T>,
  { pending, isSent }: { pending: RequestRow; isSent: boolean },
): Promise<Answer<T>> {
  const now = deps.now()
  const { attempt: number, created_at: sentAt, sent_at } = pending
  const lostAt = sent_at ?? sentAt
  // Under a key that Stripe may have forgotten nothing is sent any more, and what was sent last may still be under way.
  if (isForgotten(sentAt, now) && !isSettled(lostAt, now)) throw keyInUse()
  let row = pending
  try {
    return await resolveAttempt({
      attempt: { number, sentAt, lostAt },
      now,
      make: async (attempt) => {
        if (!isSent && attempt === number) return act.send({ idempotencyKey: keyOf(keyed, attempt) })
        if (attempt === number) row = await claim(deps, resendAttempt(row, now))
        return act.send(singly(keyed, attempt))
      },
      find: () => act.find(sentAt),
      another: async () => {
        row = await claim(deps, nextAttempt(row, deps.now()))
        return row.attempt
      },
    })
  } catch (error) {
    const failure = failedCall(error)?.failure
    const isLost = failure?.kind !== 'unavailable' || !failure.answered
    if (!isLost && row.attempt === number) await remember(deps, settleAttempt(row, sent_at))
    throw error
  }
}

function keyOf(keyed: IdempotentRequest, attempt: number): string {
  return `gatehouse:${requestName(keyed)}:${attempt}`
}

/** A single try, whose answer is its own: of two, the first may be lost without a word. */
function singly(keyed: IdempotentRequest, attempt: number): Sending {
  return { idempotencyKey: keyOf(keyed, attempt), maxNetworkRetries: 0 }
}

/** @throws Problem idempotency_key_in_use, when another retry was faster */
async function claim(deps: ActDeps, statement: Statement<RequestRow | null>): Promise<RequestRow> {
  const [row] = await deps.db.write([statement])
  if (!row) throw keyInUse()
  return row
}

/** Should this fail too, less is known than could be, and nothing that is not so. */
async function remember(deps: ActDeps, statement: Statement): Promise<void> {
  try {
    await deps.db.write([statement])
  } catch (error) {
    deps.log({ level: 'warn', message: 'unknown outcome not recorded', error: describeError(error) })
  }
}
