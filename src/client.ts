/**
 * A typed client of the API, made from the routes themselves: a path, a field or an answer that is not there does not
 * compile. For a server that may hold an API key; a browser may not.
 *
 *     const api = gatehouse({ url, key })
 *     const made = api.v1.accounts[':account'].payments.$post({ param, header: { 'idempotency-key': order }, json })
 *     const payment = await answer(made)
 */
import { DetailedError, hc, parseResponse } from 'hono/client'
import type { createApp } from './app.ts'
import type { ProblemCode } from './http/problem.ts'

export type App = ReturnType<typeof createApp>
export type Client = ReturnType<typeof gatehouse>

/** What the API refuses, by its code: the rest of the problem says why, and what would help. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: ProblemCode | (string & {})
  readonly problem: Record<string, unknown>
  constructor(status: number, problem: Record<string, unknown>) {
    const { code, detail } = problem
    super(typeof detail === 'string' ? detail : `the API answered ${status}`)
    this.status = status
    this.code = typeof code === 'string' ? code : 'unknown'
    this.problem = problem
  }
}

/** How often a request is sent again whose answer says that this is safe. */
const RETRIES = 2

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
 * Whoever answers with Retry-After did nothing, or will do nothing twice: the same request goes out again, under the same
 * Idempotency-Key. A POST without one is sent once.
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
      const response = await send(input, init)
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      if (response.ok || left <= 0 || Number.isNaN(seconds)) return response
      await response.body?.cancel()
      await wait(seconds * 1000)
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
