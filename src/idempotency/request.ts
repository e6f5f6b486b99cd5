/**
 * A client request that acts at Stripe. The same Idempotency-Key with the same body gets the first answer again. The key is
 * also sent to Stripe, so that a retry after a crash does nothing twice.
 *
 *     const identity = await identifyRequest(c)
 *     const { request, rows } = await openRequest(c, identity, queries)   // throws StoredAnswer on a replay
 *     const result = …                                                       // executeIdempotent
 *     return c.json(await commitAnswer(c, request, { status: 201, ...result }), 201)
 */
import type { Context } from 'hono'
import { advance } from '../engine/advance.ts'
import type { Loaded } from '../engine/plan.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import { authenticate, presentedKey } from '../http/authenticate.ts'
import type { Env } from '../http/env.ts'
import { keyReused } from '../http/failures.ts'
import { Problem } from '../http/problem.ts'
import { sha256 } from '../sha256.ts'
import type { Statement } from '../store/database.ts'
import type { Query, QueryResults } from '../store/query.ts'
import { insertAnswer, selectRequest, type RequestRow } from '../store/requests.ts'

/** What makes two requests the same: the client, its key, and a hash of method, path and body. */
export interface RequestIdentity {
  client: string
  key: string
  fingerprint: string
}

export interface IdempotentRequest extends RequestIdentity {
  /** The record of an earlier send whose outcome is unknown; null: there is none. */
  pending: RequestRow | null
}

/** The result of an operation at Stripe, before it is committed. */
export interface CommandResult<T> {
  events: readonly InstanceEvent[]
  /** Rows of the instances that were read before; saves a read. */
  loaded?: Loaded
  /** More statements to commit together with the answer. */
  alongside?: (now: number) => Statement[]
  /** Builds the answer from the results of the steps. A problem is stored as the answer if a retry would meet it again. */
  answer: (results: StepResult[], now: number) => T | Problem
}

/** The request was answered before: ends it with that answer. */
export class StoredAnswer extends Error {
  override readonly name = 'StoredAnswer'
  readonly status: number
  readonly body: string
  constructor({ status, body }: { status: number; body: string }) {
    super('the request was answered before')
    this.status = status
    this.body = body
  }

  toResponse(): Response {
    const type = this.status >= 400 ? 'application/problem+json' : 'application/json'
    return new Response(this.body, {
      status: this.status,
      headers: { 'content-type': type, 'idempotent-replayed': 'true' },
    })
  }
}

/** Printable ASCII only: runtimes decode other bytes differently, and each would send Stripe another key. */
const KEY = /^[\x20-\x7e]{1,200}$/

/** @throws Problem unauthenticated, idempotency_key_required */
export async function identifyRequest(c: Context<Env>): Promise<RequestIdentity> {
  const { id: client } = await presentedKey(c)
  const key = c.req.header('idempotency-key') ?? ''
  if (!KEY.test(key)) {
    throw new Problem(
      'idempotency_key_required',
      'Send an Idempotency-Key header of 1 to 200 characters of ASCII: it makes a retry safe. Use a new one for each new attempt.',
    )
  }
  const text = `${c.req.method} ${c.req.path}\n${await c.req.text()}`
  return { client, key, fingerprint: await sha256(text) }
}

/**
 * Authenticates and answers `queries` in one round trip.
 * @throws StoredAnswer; Problem unauthenticated, missing_scope, rate_limited, idempotency_key_reused
 */
export async function openRequest<const Q extends readonly Query[]>(
  c: Context<Env>,
  identity: RequestIdentity,
  queries: Q,
): Promise<{ request: IdempotentRequest; rows: QueryResults<Q> }> {
  const { rows } = await authenticate(c, [selectRequest(identity.client, identity.key), ...queries])
  const [pending, ...others] = rows as [RequestRow | null, ...unknown[]]
  if (pending && pending.fingerprint !== identity.fingerprint) throw keyReused()
  if (pending) throwIfAnswered(pending)
  return { request: { ...identity, pending }, rows: others as QueryResults<Q> }
}

/**
 * Commits the events together with the answer, and returns the answer.
 * @throws StoredAnswer, when another send of the same request was faster; Problem; what `advance` throws
 */
export async function commitAnswer<T>(
  c: Context<Env>,
  request: RequestIdentity,
  { status, events, loaded, alongside, answer }: CommandResult<T> & { status: number },
): Promise<T> {
  const { deps, requestId } = c.var
  const { client, key, fingerprint } = request
  let given: T | Problem | undefined
  const [result] = await advance(
    deps,
    [
      {
        cause: { kind: 'command', id: requestId },
        events,
        once: { client, key },
        record: (applied, at) => {
          if (applied.kind === 'failed') throw applied.error
          given = answer(applied.results, at)
          const wire =
            given instanceof Problem
              ? { status: given.status, body: given.toJSON(requestId) }
              : { status, body: given }
          return [...insertAnswer({ client, key, fingerprint, ...wire, at }), ...(alongside?.(at) ?? [])]
        },
      },
    ],
    loaded,
  )
  if (result?.kind === 'duplicate') {
    const [stored] = await deps.db.read([selectRequest(client, key)])
    if (stored) throwIfAnswered(stored)
    throw new Error('the answer of a duplicate request is gone')
  }
  if (given instanceof Problem) throw given
  return given as T
}

/** @throws StoredAnswer */
function throwIfAnswered({ status, body }: RequestRow): void {
  if (status === null) return
  if (body === null) throw new Error('a stored answer is empty')
  throw new StoredAnswer({ status, body })
}
