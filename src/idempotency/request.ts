/**
 * A POST that acts at Stripe, once. The same Idempotency-Key and the same request read the first answer; the key travels
 * to Stripe, so that even a retry after a crash does there what was done before.
 */
import type { Context } from 'hono'
import { advance } from '../engine/advance.ts'
import type { InstanceEvent, StepResult } from '../engine/unit-of-work.ts'
import type { Loaded } from '../engine/plan.ts'
import type { Results, Statement } from '../store/database.ts'
import { insertAnswer, selectRequest, type RequestRow } from '../store/requests.ts'
import { sha256 } from '../sha256.ts'
import { authenticate, presentedKey } from '../http/authenticate.ts'
import type { Env } from '../http/env.ts'
import { Problem } from '../http/problem.ts'

/** Whose request it is: what makes it the same request when it comes again. */
export interface IdempotentRequest {
  client: string
  key: string
  fingerprint: string
  /** What is recorded of it; without a status, its answer is not known or never kept. */
  pending: RequestRow | null
}

/** What acting came to: what happened to which instances, and the answer when that is committed. */
export interface CommandResult<T> {
  events: readonly InstanceEvent[]
  known?: Loaded
  /** What else is to be remembered together with the answer. */
  alongside?: (now: number) => Statement[]
  /** A problem is an answer too, where the same attempt would meet it again: a declined card, say. */
  answer: (results: StepResult[], now: number) => T | Problem
}

/** A stored answer that was a problem, said again. */
export class ReplayedProblem extends Error {
  override readonly name = 'ReplayedProblem'
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super('the first answer was a problem')
    this.status = status
    this.body = body
  }
}

/**
 * Enters, replays or acts, and commits the answer with what happened. `read` is read in the same round trip as the key.
 * @throws Problem idempotency_key_required, idempotency_key_reused; what `act` and `advance` throw
 */
export async function once<const S extends readonly Statement[], T>(
  c: Context<Env>,
  {
    status,
    read,
    act,
  }: {
    status: number
    read: S
    act: (rows: Results<S>, keyed: IdempotentRequest) => Promise<CommandResult<T>>
  },
): Promise<T> {
  const { deps, requestId } = c.var
  const { keyed, rows } = await enterKeyed(c, read)
  const { client, key, fingerprint, pending } = keyed
  if (pending?.status != null) return replay<T>(c, pending)

  const { events, known, alongside, answer } = await act(rows, keyed)
  let given: T | Problem | undefined
  const [outcome] = await advance(
    deps,
    [
      {
        cause: { kind: 'command', id: requestId },
        events,
        once: { client, key },
        record: (taken, at) => {
          if (taken.kind === 'failed') throw taken.error
          given = answer(taken.results, at)
          const wire =
            given instanceof Problem
              ? { status: given.status, body: given.toJSON(requestId) }
              : { status, body: given }
          return [...insertAnswer({ client, key, fingerprint, ...wire, at }), ...(alongside?.(at) ?? [])]
        },
      },
    ],
    known,
  )
  // The same request came in twice at once, and the other was first.
  if (outcome?.kind === 'duplicate') return replay<T>(c, await readAnswer(c, client, key))
  if (given instanceof Problem) throw given
  return given as T
}

/**
 * Enters with an Idempotency-Key that may not have been sent with another request before.
 * @throws Problem idempotency_key_required, idempotency_key_reused
 */
export async function enterKeyed<const S extends readonly Statement[]>(
  c: Context<Env>,
  read: S,
): Promise<{ keyed: IdempotentRequest; rows: Results<S> }> {
  const client = presentedKey(c).id
  const { key, fingerprint } = await identify(c)
  const {
    rows: [pending, ...rows],
  } = await authenticate(c, [selectRequest(client, key), ...read])
  if (pending && pending.fingerprint !== fingerprint) throw reused()
  return { keyed: { client, key, fingerprint, pending }, rows }
}

function replay<T>(c: Context<Env>, { status, body }: RequestRow): T {
  c.header('idempotent-replayed', 'true')
  if (status === null || body === null) throw new Error('a stored answer is empty')
  if (status >= 400) throw new ReplayedProblem(status, body)
  return JSON.parse(body) as T
}

async function readAnswer(c: Context<Env>, client: string, key: string): Promise<RequestRow> {
  const [stored] = await c.var.deps.db.read([selectRequest(client, key)])
  if (!stored) throw new Error('an answer that was seen is gone')
  return stored
}

/** Bytes beyond ASCII read as other characters from one runtime to the next, and would be other keys at Stripe. */
const KEY = /^[\x20-\x7e]{1,200}$/

async function identify(c: Context<Env>): Promise<{ key: string; fingerprint: string }> {
  const key = c.req.header('idempotency-key') ?? ''
  if (!KEY.test(key)) {
    throw new Problem(
      'idempotency_key_required',
      'Send an Idempotency-Key header of 1 to 200 characters of ASCII: it makes a retry safe. Use a new one for each new attempt.',
    )
  }
  const text = `${c.req.method} ${c.req.path}\n${await c.req.text()}`
  return { key, fingerprint: await sha256(text) }
}

export function reused(): Problem {
  return new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key was sent with another method, path or body before. Use a new key for a new request.',
  )
}
