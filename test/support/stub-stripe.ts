/** A stub of Stripe with fixed answers, for answers that the simulator never gives. Uses the real stripe-node. */
import { openGateway } from '../../src/stripe/gateway.ts'

export const NOW = 1_800_000_000_000

/** The answer to every request for a path: an object, or an error. */
export type StubAnswer = object | { status: number; error: object }

/** Answers by path, each call taking `tookMs`. `meanwhile` runs during each call. */
export function stubStripe(
  answers: Record<string, StubAnswer>,
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
      const answer = answers[url.pathname] ?? {
        status: 404,
        error: { type: 'invalid_request_error', code: 'resource_missing' },
      }
      const status = 'error' in answer && 'status' in answer ? answer.status : 200
      return Response.json(answer, {
        status,
        headers: { date: new Date(time).toUTCString(), 'stripe-should-retry': 'false' },
      })
    }) as typeof fetch,
  })
  return { asked, deps: { stripe, now: () => time } }
}
