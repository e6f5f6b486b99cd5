/**
 * A typed client of the API, made from the routes themselves: a path, a field or an answer that is not there does not
 * compile. For a server that may hold an API key; a browser may not.
 */
import { DetailedError, hc, parseResponse } from 'hono/client'
import type { AccountBody } from './accounts/schemas.ts'
import type { createApp } from './app.ts'
import type { ProblemCode } from './http/problem.ts'

export type App = ReturnType<typeof createApp>
export type Client = ReturnType<typeof gatehouse>
/** Why a gate is closed, whose move it is, and what would open it. */
export type Blocker = AccountBody['gates']['charge']['blockers'][number]

/** What the API refuses, by its code: the rest of the problem says why, and what would help. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: ProblemCode | (string & {})
  readonly problem: Record<string, unknown>
  /** Of `gate_closed`: every reason. */
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

/** How often a request is sent again where that is safe. */
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
    fetch: patiently(at.fetch ?? fetch, at),
  })
}

/** The body of an answer that is a success. @throws Refusal, for any other */
export const answer: typeof parseResponse = async (sent) => {
  try {
    return await parseResponse(sent)
  } catch (error) {
    if (!(error instanceof DetailedError)) throw error
    const { data } = error.detail as { data?: unknown }
    throw new Refusal(error.statusCode ?? 0, isRecord(data) ? data : {})
  }
}

/**
 * Whoever answers with Retry-After did nothing, or will do nothing twice, and so will whoever got lost on the way: the same
 * request goes out again, under the same Idempotency-Key. A POST without one is sent once.
 */
function patiently(
  send: typeof fetch,
  { retries = RETRIES, wait = delay }: { retries?: number; wait?: (ms: number) => Promise<void> },
): typeof fetch {
  return async (input, init) => {
    const { method, headers } = new Request(input, init)
    const mayRepeat = method === 'GET' || headers.has('idempotency-key')
    for (let left = mayRepeat ? retries : 0; ; left -= 1) {
      // oxlint-disable no-await-in-loop
      let pauseMs = PAUSE_MS
      try {
        const response = await send(input, init)
        pauseMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
        if (response.ok || left <= 0 || Number.isNaN(pauseMs)) return response
        await response.body?.cancel()
      } catch (error) {
        // Whoever gave up waiting does not want it sent again.
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
