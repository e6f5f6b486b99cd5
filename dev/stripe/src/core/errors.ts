import type Stripe from 'stripe'

/** The error object in Stripe's error response. */
export interface StripeErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'
  readonly message: string
  readonly code?: string
  readonly param?: string
  readonly decline_code?: string
  readonly charge?: string
  readonly advice_code?: string
  readonly network_decline_code?: string
  readonly doc_url?: string
  readonly request_log_url?: string
  readonly payment_intent?: Stripe.PaymentIntent
  readonly payment_method?: Stripe.PaymentMethod
}

/**
 * An error response. `began` says whether Stripe had begun to execute the request. Only then is the answer kept under
 * its idempotency key (https://docs.stripe.com/api/idempotent_requests).
 */
export class StripeRefusal extends Error {
  readonly status: number
  readonly error: StripeErrorBody
  readonly began: boolean
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    error: StripeErrorBody,
    { began = true, headers = {} }: { began?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(error.message)
    this.status = status
    this.error = error
    this.began = began
    this.headers = headers
  }
}

type Detail = Pick<StripeErrorBody, 'code' | 'param'>

/** The parameters are wrong. Nothing was executed, so the idempotency key stays free. */
export function invalidParameter(message: string, detail: Detail = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...detail }, { began: false })
}

/** The parameters are right, but the object's state forbids the call. The answer is kept under the idempotency key. */
export function refused(message: string, detail: Detail & Partial<StripeErrorBody> = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...detail })
}

export function missingParameter(param: string): StripeRefusal {
  return invalidParameter(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

/** `kind` is the name in Stripe's message: "No such payment_intent: 'pi_1'". */
export function noSuch(kind: string, id: string, param = 'id', status = 404): StripeRefusal {
  return new StripeRefusal(
    status,
    { type: 'invalid_request_error', code: 'resource_missing', message: `No such ${kind}: '${id}'`, param },
    { began: false },
  )
}

export function forbidden(message: string, code?: string): StripeRefusal {
  return new StripeRefusal(
    403,
    { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) },
    { began: false },
  )
}

export function noAccess(key: string, account: string): StripeRefusal {
  return forbidden(
    `The provided key '${redact(key)}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
    'account_invalid',
  )
}

/** Hides most of a key, as Stripe's messages do. */
export function redact(key: string): string {
  return `${key.slice(0, 8)}${'*'.repeat(12)}${key.length > 16 ? key.slice(-4) : ''}`
}

/** Refuses a number outside its bounds, with Stripe's message. */
export function checkRange(value: number, param: string, { least = 1, most = Infinity } = {}): void {
  if (value < least) throw outOfRange(`This value must be greater than or equal to ${least}.`, param)
  if (value > most) {
    throw outOfRange(`This value must be less than or equal to ${most} (it currently is '${value}').`, param)
  }
}

function outOfRange(message: string, param: string): Error {
  return invalidParameter(message, { code: 'parameter_invalid_integer', param })
}

/** Stripe's usual error for an HTTP status. */
export function defaultErrorBody(status: number, over: Partial<StripeErrorBody> = {}): StripeErrorBody {
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
