/**
 * Executes one operation at Stripe for one client request: a charge, a capture, a cancellation, a refund, a payout.
 * However often the request comes, and whatever crashed before, the operation is done at most once.
 *
 * The first send costs nothing beside the call: nothing is recorded before it, and a retry after a crash relies on Stripe's
 * memory of the key. An unknown outcome is recorded; from then on a retry searches before it sends, and `decide` says what
 * comes next. `recordFirst` records the attempt before the send, for operations that their own success forbids to repeat.
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
import { decide, V1_KEYS, type Attempt, type Search } from './decide.ts'
import { requestName } from './mark.ts'
import type { IdempotentRequest } from './request.ts'

export interface StripeOperation<T, Permit = void> {
  /** Asks the gate and the state, and returns what `send` needs of them. Not asked once it is done. @throws Problem */
  allow: () => Permit | Promise<Permit>
  /** Records the attempt before the first send, for one more round trip: once done, `allow` would refuse a retry. */
  recordFirst?: true
  /** Sends it to Stripe. May be called twice, the second time under another key. */
  send: (sending: Sending, permit: Permit) => Promise<Answer<T>>
  /** Searches Stripe for what the request did, no earlier than `since` (our time, ms); null: proven absent. */
  search: (since: number) => Promise<Answer<T> | null>
  /** The object as it is now. */
  reread: (done: T) => Promise<Answer<T>>
  /** When it was done, in Stripe's seconds, if the object shows that. */
  doneAt?: (done: T) => number | null
}

type ExecuteDeps = Pick<Deps, 'db' | 'now' | 'log'>

const DAY_MS = 24 * 3_600_000

/**
 * What the operation came to, as it is now.
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
  let search: Search = pending ? 'absent' : 'not_searched'
  let failure: FailedCall | null = null
  let failedWith: unknown
  /** The attempt on record; null: nothing is recorded yet. */
  let record = pending
  let isRenewed = false
  try {
    for (;;) {
      let sending: Sending
      // oxlint-disable no-await-in-loop
      switch (decide({ attempt, search, failure, policy: V1_KEYS, now })) {
        case 'wait':
          throw keyInUse()
        case 'refuse':
          throw failedWith
        case 'find': {
          const found = await operation.search(pending?.created_at ?? now - DAY_MS)
          if (found) return found
          search = 'absent'
          continue
        }
        case 'send':
          if (operation.recordFirst) record = await claim(deps, insertUnknown({ ...request, at: now }, 1))
          sending = { idempotencyKey: keyOf(request, 1) }
          break
        case 'resend':
          if (!record) throw new Error('an attempt that was sent is not on record')
          record = await claim(deps, resendAttempt(record, now))
          sending = sentAlone(keyOf(request, record.attempt))
          break
        case 'renew':
          record = await claim(
            deps,
            record ? nextAttempt(record, deps.now()) : insertUnknown({ ...request, at: now }, 2),
          )
          sending = sentAlone(keyOf(request, record.attempt))
          isRenewed = true
          break
      }
      try {
        return await operation.send(sending, permit)
      } catch (error) {
        failure = failedCall(error)
        if (!failure || isRenewed) throw error
        failedWith = error
      }
      // oxlint-enable no-await-in-loop
    }
  } catch (error) {
    const ended = failedCall(error)?.failure
    if (ended?.kind === 'unavailable' && !isRenewed)
      await rememberUnknown(deps, { request, now, record, isAnswered: ended.answered })
    throw error
  }
}

/** Records that the outcome is unknown; or, where this send was answered, that no send is lost but those before it. */
async function rememberUnknown(
  deps: ExecuteDeps,
  at: { request: IdempotentRequest; now: number; record: RequestRow | null; isAnswered: boolean },
): Promise<void> {
  const { request, now, record, isAnswered } = at
  if (record && !isAnswered) return
  const before = request.pending ? request.pending.sent_at : (record?.sent_at ?? null)
  const statement = record ? settleAttempt(record, before) : insertUnknown({ ...request, at: now }, 1)
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
