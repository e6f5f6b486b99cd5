/**
 * Creates the account of an external id at Stripe exactly once, however many requests ask for it concurrently. Each send is
 * recorded before it is made. If several requests prove that no account exists, only one of them sends a new key. Its record belongs to the external
 * id, and requests of several keys share it, so it is not one of `executeIdempotent`, which records per request.
 */
import type { Stripe } from 'stripe'
import type { Deps } from '../deps.ts'
import { keyInUse } from '../http/failures.ts'
import { decide, V1_KEYS, type Attempt, type Search } from '../idempotency/decide.ts'
import type { RequestIdentity } from '../idempotency/request.ts'
import { sha256 } from '../sha256.ts'
import {
  insertCreation,
  nextCreationAttempt,
  selectCreation,
  sendCreation,
  settleCreation,
  type CreationRow,
} from '../store/creations.ts'
import type { Statement } from '../store/database.ts'
import { insertPending } from '../store/requests.ts'
import { failedCall, type FailedCall } from '../stripe/errors.ts'
import { findListed } from '../stripe/find-listed.ts'
import type { Answer } from '../stripe/gateway.ts'

type CreateDeps = Pick<Deps, 'db' | 'now' | 'stripe'>

interface Creation {
  externalId: string
  params: Stripe.AccountCreateParams
  request: RequestIdentity
}

/**
 * The account, created by this request or by an earlier one.
 * @throws Problem idempotency_key_in_use; the failure of the Stripe call
 */
export async function createAtStripe(deps: CreateDeps, creation: Creation): Promise<Answer<Stripe.Account>> {
  const { externalId, params } = creation
  const now = deps.now()
  const { before, sent } = await recordSend(deps, creation, now)
  // A row older than migration 0011 has 0 although its key was sent. Once that key may be forgotten, it is not sent again.
  const isFirst = before.lost_at === 0 && now - before.sent_at < V1_KEYS.keptMs
  const attempt: Attempt = {
    firstSentAt: isFirst ? null : sent.sent_at,
    lostAt: isFirst ? now : before.lost_at,
  }
  // A header takes only ASCII and Stripe at most 255 characters; a hash of any external id fits.
  const key = `gatehouse:account:${await sha256(externalId)}`
  let record = sent
  let search: Search = 'not_searched'
  let failure: FailedCall | null = null
  let failedWith: unknown
  try {
    for (;;) {
      // oxlint-disable no-await-in-loop
      switch (decide({ attempt, search, failure, policy: V1_KEYS, now })) {
        case 'wait':
          throw keyInUse()
        case 'refuse':
          throw failedWith
        case 'find': {
          const found = await findByExternalId(deps, { externalId, since: sent.since })
          if (found) return found
          search = 'absent'
          continue
        }
        case 'renew':
          record = await claim(deps, nextCreationAttempt(record, deps.now()))
          break
        case 'send':
        case 'resend':
          break
      }
      try {
        return await deps.stripe.createAccount(params, {
          idempotencyKey: `${key}:${record.attempt}`,
          // No retry inside stripe-node: it would hide that the first of two sends was lost.
          ...(!isFirst && { maxNetworkRetries: 0 }),
        })
      } catch (error) {
        failure = failedCall(error)
        if (!failure || record !== sent) throw error
        failedWith = error
      }
      // oxlint-enable no-await-in-loop
    }
  } catch (error) {
    // Stripe answered this send. An earlier send that was lost may still be running.
    const ended = failedCall(error)?.failure
    const isAnswered = ended !== undefined && (ended.kind !== 'unavailable' || ended.answered)
    if (isAnswered && !isFirst && record === sent) await deps.db.write([settleCreation(sent, before.lost_at)])
    throw error
  }
}

/** The record before and after this send. If Stripe may have forgotten the key, the send is not recorded. */
async function recordSend(
  { db }: CreateDeps,
  { externalId, request }: Creation,
  now: number,
): Promise<{ before: CreationRow; sent: CreationRow }> {
  const [, , before, sent] = await db.write([
    insertPending({ ...request, at: now }),
    insertCreation(externalId, now),
    selectCreation(externalId),
    sendCreation(externalId, now, now - V1_KEYS.keptMs),
  ])
  if (!before) throw new Error('the creation that was just inserted is missing')
  return { before, sent: sent ?? before }
}

/** Null: no account created since then has the external id. @throws SearchIncomplete */
function findByExternalId(
  { stripe }: CreateDeps,
  { externalId, since }: { externalId: string; since: number },
): Promise<Answer<Stripe.Account> | null> {
  return findListed({
    since,
    list: (params) => stripe.listAccounts(params),
    is: ({ metadata }) => metadata?.['gatehouse_external_id'] === externalId,
  })
}

/** @throws Problem idempotency_key_in_use, if another request claimed the attempt first */
async function claim({ db }: CreateDeps, statement: Statement<CreationRow | null>): Promise<CreationRow> {
  const [row] = await db.write([statement])
  if (!row) throw keyInUse()
  return row
}
