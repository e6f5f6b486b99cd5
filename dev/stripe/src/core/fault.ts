import type { StripeErrorBody, StripeRefusal } from './errors.ts'
import type { World } from './world.ts'

/** Something that will go wrong with the next calls of a route (`POST /_sim/faults`). */
export interface Fault {
  readonly id: string
  /** `POST /v1/payment_intents`, `GET /v1/accounts/{account}`, or `*` for any call. */
  readonly route: string
  /** How many calls are let through first, and how many go wrong after them. Both count down. */
  skip: number
  times: number
  /** The share of matching calls that go wrong. */
  readonly share: number
  readonly account: string | null
  readonly delay_ms: number
  /** Act first, then fail: Stripe did it, the caller never learns. */
  readonly after_commit: boolean
  readonly failure: Failure | null
}

export type Failure =
  | { readonly kind: 'reset' }
  | { readonly kind: 'timeout' }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'html'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'refusal'; readonly stored: boolean; readonly refusal: StripeRefusal }

/** The fault that this call runs into, if any; using it up counts. */
export function takeFault(
  world: World,
  call: { method: string; path: string; account: string },
): Fault | undefined {
  for (const fault of world.faults) {
    if (!matchesRoute(fault.route, call.method, call.path)) continue
    if (fault.account !== null && fault.account !== call.account) continue
    if (fault.skip > 0) {
      fault.skip -= 1
      continue
    }
    if (fault.times <= 0 || !world.luck.chance(fault.share)) continue
    fault.times -= 1
    if (fault.times <= 0) world.faults.splice(world.faults.indexOf(fault), 1)
    return fault
  }
  return undefined
}

export function matchesRoute(route: string, method: string, path: string): boolean {
  if (route === '*') return true
  const [wantedMethod = '', wantedPath = ''] = route.split(' ')
  if (wantedMethod !== '*' && wantedMethod !== method) return false
  const [wanted, actual] = [wantedPath.split('/'), path.split('/')]
  return (
    wanted.length === actual.length &&
    wanted.every((part, index) => part === actual[index] || /^(?::\w+|\{\w+\}|\*)$/.test(part))
  )
}

/** What Stripe says by default with a status. */
export function failureBody(status: number, over: Partial<StripeErrorBody> = {}): StripeErrorBody {
  return { ...(BODIES[status] ?? UNKNOWN), ...over }
}

const UNKNOWN: StripeErrorBody = {
  type: 'api_error',
  message:
    'An unknown error occurred. If you have any questions, we can help at https://support.stripe.com/.',
}

const BODIES: Readonly<Record<number, StripeErrorBody>> = {
  400: { type: 'invalid_request_error', message: 'The request was refused on purpose by the simulator.' },
  401: { type: 'invalid_request_error', message: 'Invalid API Key provided.' },
  402: {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: 'Your card was declined.',
  },
  403: {
    type: 'invalid_request_error',
    code: 'account_invalid',
    message:
      'The provided key does not have access to this account (or that account does not exist). Application access may have been revoked.',
  },
  404: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object.' },
  409: {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message:
      'There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through). Please try again later.',
  },
  424: { type: 'api_error', message: 'A dependency of this request failed.' },
  429: {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message:
      'Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits.',
  },
}
