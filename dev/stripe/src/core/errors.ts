import type Stripe from 'stripe'

/** Stripe's error envelope, as it goes over the wire. */
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
 * A refusal. `began` says whether Stripe had begun to execute: only then is the answer kept under its idempotency
 * key (https://docs.stripe.com/api/idempotent_requests).
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

/** The parameters are wrong: nothing was executed, the idempotency key stays free. */
export function invalidParameter(message: string, detail: Detail = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...detail }, { began: false })
}

/** The parameters are right but the state forbids it: executed and refused, so the answer is kept. */
export function refused(message: string, detail: Detail & Partial<StripeErrorBody> = {}): StripeRefusal {
  return new StripeRefusal(400, { type: 'invalid_request_error', message, ...detail })
}

export function missingParameter(param: string): StripeRefusal {
  return invalidParameter(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

/** `kind` is the name Stripe prints: "No such payment_intent: 'pi_1'". */
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

/** Enough of a key to recognise it by. */
export function redact(key: string): string {
  return `${key.slice(0, 8)}${'*'.repeat(12)}${key.length > 16 ? key.slice(-4) : ''}`
}
