import type { StripeRefusal } from './errors.ts'

/** A failure that the next calls of a route will meet (`POST /_sim/faults`). */
export interface Fault {
  readonly id: string
  /** `POST /v1/payment_intents`, `GET /v1/accounts/{account}`, or `*` for every call. */
  readonly route: string
  /** How many calls pass first, and how many fail after them. Both count down. */
  skip: number
  times: number
  /** The share of matching calls that fail. */
  readonly share: number
  readonly account: string | null
  readonly delay_ms: number
  /** Stripe executes the call, and the caller never gets the answer. */
  readonly after_commit: boolean
  readonly failure: Failure | null
}

export type Failure =
  | { readonly kind: 'reset' }
  | { readonly kind: 'timeout' }
  /** The response body ends in the middle. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'html'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'refusal'; readonly stored: boolean; readonly refusal: StripeRefusal }
