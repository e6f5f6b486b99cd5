import type Stripe from 'stripe'
import type { World } from './world.ts'

/** One API call, authenticated, scoped and with its parameters checked. */
export interface Call<P = unknown> {
  readonly world: World
  readonly params: P
  /** The path's parameters. */
  readonly path: Readonly<Record<string, string>>
  /** The account that is acted as: the `Stripe-Account` header's, or else the platform. */
  readonly scope: string
  readonly key: string
  readonly request: Stripe.Event.Request
}

/** Answers with the object to send, or throws a `StripeRefusal`. It runs in one go: nothing else happens meanwhile. */
export type Handler<P> = (call: Call<P>) => object

export function pathId(call: Call, name = 'id'): string {
  return call.path[name] ?? ''
}
