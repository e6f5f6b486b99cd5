/** A Stripe of a few fixed answers, for what no truth of the simulator's would lead to. stripe-node is the real one. */
import { openGateway } from '../../src/stripe/gateway.ts'

export const NOW = 1_800_000_000_000

/** What it answers to every request for a path: an object, or an error. */
export type StubAnswer = object | { status: number; error: object }

/**
 * Stripe, saying what it is told to by path, each answer `tookMs` later and of the second it was given in. `meanwhile`:
 * what happens elsewhere while it is asked.
 */
export function stubStripe(
  says: Record<string, StubAnswer>,
  tookMs = 0,
  meanwhile: () => Promise<unknown> = async () => {},
) {
  let time = NOW
  const asked: string[] = []
  const stripe = openGateway({
    secretKey: 'sk_test_look',
    apiBase: null,
    now: () => time,
    fetch: (async (input: string, init: RequestInit) => {
      const url = new URL(input)
      const account = new Headers(init.headers).get('stripe-account')
      asked.push(`${account ?? 'platform'} ${url.pathname}${decodeURIComponent(url.search)}`)
      time += tookMs
      await meanwhile()
      const said = says[url.pathname] ?? {
        status: 404,
        error: { type: 'invalid_request_error', code: 'resource_missing' },
      }
      const status = 'error' in said && 'status' in said ? said.status : 200
      return Response.json(said, {
        status,
        headers: { date: new Date(time).toUTCString(), 'stripe-should-retry': 'false' },
      })
    }) as typeof fetch,
  })
  return { asked, deps: { stripe, now: () => time } }
}
