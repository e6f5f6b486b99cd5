/**
 * Executes one operation at Stripe for one client request: a charge, a capture, a cancellation, a refund, a payout.
 * However often the client retries, and whichever process crashed before, the operation is done at most once.
 *
 * The first send costs no round trip to the database. A retry after a crash sends the same key again, and Stripe replays its
 * answer. An unknown outcome is recorded; from then on a retry searches before it sends, and `decide` says what comes next.
 *
 * A crash may leave no record, and the retry may come after Stripe forgot the key. By then the webhook or the reconciler
 * has brought the object, which carries the request's mark: routes look for such an instance first.
 */
import type { Deps } from '../deps.ts'
import { keyInUse } from '../http/failures.ts'
import { describeError } from '../log.ts'
import type { Statement } from '../store/database.ts'
import {
  insertUnknown,
  nextAttempt,
  resendAttempt,
  settleAttempt,
  type RequestRow,
} from '../store/requests.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import type { Answer, Sending } from '../stripe/gateway.ts'
import { decide, V1_KEYS, type Attempt } from './decide.ts'
import { requestName } from './mark.ts'
import type { IdempotentRequest } from './request.ts'

export interface StripeOperation<T, Permit = void> {
  /** Asks the gate and the state, and returns what `send` needs of them. Skipped if the search finds it done. @throws Problem */
  allow: () => Permit | Promise<Permit>
  /** Records the attempt before the first send, for one more round trip. For operations whose success makes `allow` refuse. */
  recordFirst?: true
  /** Sends the operation to Stripe. May be called twice, the second time under another key. */
  send: (sending: Sending, permit: Permit) => Promise<Answer<T>>
  /** Searches Stripe for what the request did, no earlier than `since` (our time, ms); null: proven absent. */
  search: (since: number) => Promise<Answer<T> | null>
  /** Fetches the object as it is now. */
  reread: (done: T) => Promise<Answer<T>>
  /** When it was done, in Stripe's seconds, if the object shows that. */
  doneAt?: (done: T) => number | null
}

type ExecuteDeps = Pick<Deps, 'db' | 'now' | 'log'>

const DAY_MS = 24 * 3_600_000

/**
 * The operation's object as it is now.
 * @throws Problem idempotency_key_in_use; what `allow` and `send` throw
 */
export async function executeIdempotent<T, Permit>(
  deps: ExecuteDeps,
  request: IdempotentRequest,
  operation: StripeOperation<T, Permit>,
): Promise<Answer<T>> {
  const { pending } = request
  // Search first: an operation that is done may have closed the gate it passed.
  const found = pending && (await operation.search(pending.created_at))
  if (found) return found
  const permit = await operation.allow()
  const answer = await sendOnce(deps, request, operation, permit)
  // A replayed answer shows the object as it was when it was made.
  const doneAt = operation.doneAt?.(answer.value) ?? null
  const isOld = answer.replayed || (doneAt !== null && doneAt < answer.as_of.from)
  return isOld ? operation.reread(answer.value) : answer
}

/** Sends the operation under the current key; then, if that key is proven to have done nothing, under the next. */
async function sendOnce<T, Permit>(
  deps: ExecuteDeps,
  request: IdempotentRequest,
  operation: StripeOperation<T, Permit>,
  permit: Permit,
): Promise<Answer<T>> {
  const { pending } = request
  const now = deps.now()
  const attempt: Attempt = {
    firstSentAt: pending?.created_at ?? null,
    lostAt: pending ? (pending.sent_at ?? pending.created_at) : now,
  }
  const known = { attempt, policy: V1_KEYS, now }
  /** The attempt on record; null: nothing is recorded yet. */
  let record = pending
  let failure: FailedCall | null = null
  let failedWith: unknown
  try {
    // The search before `allow` proves nothing here: a lost send may have done the operation since.
    let decision = decide({ ...known, failure, search: 'not_searched' })
    if (decision === 'send' || decision === 'resend') {
      if (pending) record = await claim(deps, resendAttempt(pending, now))
      else if (operation.recordFirst) record = await claim(deps, insertUnknown({ ...request, at: now }, 1))
      const idempotencyKey = keyOf(request, record?.attempt ?? 1)
      try {
        return await operation.send(pending ? sentAlone(idempotencyKey) : { idempotencyKey }, permit)
      } catch (error) {
        failure = failedCall(error)
        if (!failure) throw error
        failedWith = error
      }
      decision = decide({ ...known, failure, search: 'not_searched' })
    }
    if (decision === 'find') {
      const found = await operation.search(record?.created_at ?? now - DAY_MS)
      if (found) return found
      decision = decide({ ...known, failure, search: 'absent' })
    }
    if (decision === 'wait') throw keyInUse()
    if (decision === 'refuse') throw failedWith
  } catch (error) {
    const ended = failedCall(error)?.failure
    if (ended?.kind === 'unavailable')
      await rememberUnknown(deps, { request, now, record, isAnswered: ended.answered })
    throw error
  }
  const next = record ? nextAttempt(record, deps.now()) : insertUnknown({ ...request, at: now }, 2)
  record = await claim(deps, next)
  return operation.send(sentAlone(keyOf(request, record.attempt)), permit)
}

/** Records that the outcome is unknown; or, if this send was answered, that only sends before it are lost. */
async function rememberUnknown(
  deps: ExecuteDeps,
  at: { request: IdempotentRequest; now: number; record: RequestRow | null; isAnswered: boolean },
): Promise<void> {
  const { request, now, record, isAnswered } = at
  // The record already says that this send is lost.
  if (record && !isAnswered) return
  const lostBefore = request.pending ? request.pending.sent_at : (record?.sent_at ?? null)
  const statement = record ? settleAttempt(record, lostBefore) : insertUnknown({ ...request, at: now }, 1)
  try {
    await deps.db.write([statement])
  } catch (error) {
    deps.log({ level: 'warn', message: 'unknown outcome not recorded', error: describeError(error) })
  }
}

function keyOf(request: IdempotentRequest, attempt: number): string {
  return `gatehouse:${requestName(request)}:${attempt}`
}

/** One send without stripe-node's retry: of two, the first may be lost unnoticed. */
function sentAlone(idempotencyKey: string): Sending {
  return { idempotencyKey, maxNetworkRetries: 0 }
}

/** @throws Problem idempotency_key_in_use, when another retry was faster */
async function claim(deps: ExecuteDeps, statement: Statement<RequestRow | null>): Promise<RequestRow> {
  const [row] = await deps.db.write([statement])
  if (!row) throw keyInUse()
  return row
}
