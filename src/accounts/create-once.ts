/**
 * Makes the account of a name at Stripe, once. That it will be made is on record before Stripe is asked, and every sending
 * after that: of those who find the same absence, one alone makes it under a new key.
 */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { keyInUse } from '../http/failures.ts'
import type { IdempotentRequest } from '../idempotency/request.ts'
import { sha256 } from '../sha256.ts'
import {
  anotherCreation,
  insertCreation,
  selectCreation,
  sendCreation,
  settleCreation,
  type CreationRow,
} from '../store/creations.ts'
import type { Statement } from '../store/database.ts'
import { insertPending } from '../store/requests.ts'
import type { Answer } from '../stripe/gateway.ts'
import { forgottenUpTo, isForgotten, isSettled, resolveAttempt } from '../idempotency/decide.ts'
import { failedCall } from '../stripe/errors.ts'
import { findByExternalId } from './find-by-external-id.ts'

type Making = Pick<Deps, 'db' | 'now' | 'stripe'>

/** @throws Problem idempotency_key_in_use; what Stripe's refusal or silence throws */
export async function createOnce(
  deps: Making,
  { name, params, keyed }: { name: string; params: Stripe.AccountCreateParams; keyed: IdempotentRequest },
): Promise<Answer<Stripe.Account>> {
  const now = deps.now()
  const { before, sent } = await record(deps, { name, now, pending: insertPending({ ...keyed, at: now }) })
  // A header takes no other script than this one, and Stripe no key longer than 255: any name fits hashed.
  const key = `gatehouse:account:${await sha256(name)}`
  const isFirst = before.lost_at === 0
  // Of what was never sent before, only Stripe's own mark can prove that nothing is under way.
  const lostAt = isFirst ? now : before.lost_at
  if (isForgotten(sent.sent_at, now) && !isFirst && !isSettled(lostAt, now)) throw keyInUse()
  let row = sent
  const another = async () => {
    row = await claim(deps, anotherCreation(row, deps.now()))
    return row.attempt
  }
  try {
    return await resolveAttempt({
      attempt: { number: sent.attempt, sentAt: sent.sent_at, lostAt },
      now,
      make: (attempt) =>
        deps.stripe.createAccount(params, {
          idempotencyKey: `${key}:${attempt}`,
          // Sent again, it is sent alone: of two tries, the first may be lost without a word.
          ...(!isFirst && { maxNetworkRetries: 0 }),
        }),
      find: () => findByExternalId(deps, { name, since: sent.since }),
      another,
    })
  } catch (error) {
    // A refusal tells of the try it answers, not of one before it that was lost; a replayed one is `makeOnce`'s to judge.
    const failure = failedCall(error)?.failure
    const isAnswered = failure !== undefined && (failure.kind !== 'unavailable' || failure.answered)
    if (isAnswered && !isFirst && row === sent) await deps.db.write([settleCreation(sent, before.lost_at)])
    throw error
  }
}

/** What was on record, and that it is sent now, if it is. */
async function record(
  { db }: Making,
  { name, now, pending }: { name: string; now: number; pending: Statement<void> },
): Promise<{ before: CreationRow; sent: CreationRow }> {
  const [, , before, resent] = await db.write([
    pending,
    insertCreation(name, now),
    selectCreation(name),
    sendCreation(name, now, forgottenUpTo(now)),
  ])
  if (!before) throw new Error('a creation that was recorded is gone')
  return { before, sent: resent ?? before }
}

/** @throws Problem idempotency_key_in_use, when somebody else has sent it since */
async function claim({ db }: Making, statement: Statement<CreationRow | null>): Promise<CreationRow> {
  const [row] = await db.write([statement])
  if (!row) throw keyInUse()
  return row
}
