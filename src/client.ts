/**
 * A typed client of the API, derived from the route definitions: an unknown path or field does not compile. Use it on a
 * server only, because it holds an API key.
 */
import { DetailedError, hc, parseResponse } from 'hono/client'
import type { AccountBody } from './accounts/schemas.ts'
import type { createApp } from './app.ts'
import type { ProblemCode } from './http/problem.ts'

export type App = ReturnType<typeof createApp>
export type Client = ReturnType<typeof gatehouse>
/** Why a gate is closed, who must act, and what opens it. */
export type Blocker = AccountBody['gates']['charge']['blockers'][number]

/** An error response of the API. Branch on `code`; `problem` is the whole RFC 9457 body. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: ProblemCode | (string & {})
  readonly problem: Record<string, unknown>
  /** Every reason why the gate is closed; empty unless `code` is `gate_closed`. */
  readonly blockers: readonly Blocker[]
  constructor(status: number, problem: Record<string, unknown>) {
    const { code, detail } = problem
    super(typeof detail === 'string' ? detail : `the API answered ${status}`)
    this.status = status
    this.code = typeof code === 'string' ? code : 'unknown'
    this.problem = problem
    this.blockers = Array.isArray(problem['blockers']) ? (problem['blockers'] as Blocker[]) : []
  }
}

/** How many times a request is retried if a retry is safe. */
const RETRIES = 2
const PAUSE_MS = 1_000

export function gatehouse(at: {
  url: string
  key: string
  retries?: number
  fetch?: typeof fetch
  wait?: (ms: number) => Promise<void>
}) {
  return hc<App>(at.url, {
    headers: { authorization: `Bearer ${at.key}` },
    fetch: withRetries(at.fetch ?? fetch, at),
  })
}

/** The parsed body of a successful response. @throws Refusal for an error response */
export const answer: typeof parseResponse = async (response) => {
  try {
    return await parseResponse(response)
  } catch (error) {
    if (!(error instanceof DetailedError)) throw error
    const { data } = error.detail as { data?: unknown }
    throw new Refusal(error.statusCode ?? 0, isRecord(data) ? data : {})
  }
}

/**
 * Retries after a network error and after a response with `Retry-After`, under the same Idempotency-Key, so that nothing
 * happens twice. A POST without a key is never retried.
 */
function withRetries(
  send: typeof fetch,
  { retries = RETRIES, wait = delay }: { retries?: number; wait?: (ms: number) => Promise<void> },
): typeof fetch {
  return async (input, init) => {
    const { method, headers } = new Request(input, init)
    const mayRetry = method === 'GET' || headers.has('idempotency-key')
    for (let left = mayRetry ? retries : 0; ; left -= 1) {
      // oxlint-disable no-await-in-loop
      let pauseMs = PAUSE_MS
      try {
        const response = await send(input, init)
        pauseMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
        if (response.ok || left <= 0 || Number.isNaN(pauseMs)) return response
        await response.body?.cancel()
      } catch (error) {
        // The caller aborted the request, so it must not be sent again.
        if (left <= 0 || init?.signal?.aborted) throw error
      }
      await wait(pauseMs)
      // oxlint-enable no-await-in-loop
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
