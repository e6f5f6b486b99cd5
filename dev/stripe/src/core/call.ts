import type Stripe from 'stripe'
import type { World } from './world.ts'

/** One API call with its parameters checked. The caller is authenticated. */
export interface Call<P = unknown> {
  readonly world: World
  readonly params: P
  /** The parameters in the path. */
  readonly path: Readonly<Record<string, string>>
  /** The account that the call acts for: the one in the `Stripe-Account` header, or the platform. */
  readonly scope: string
  readonly key: string
  readonly request: Stripe.Event.Request
}

/** Returns the object to answer with, or throws a `StripeRefusal`. It is synchronous, so no two calls interleave. */
export type Handler<P> = (call: Call<P>) => object

export function pathId(call: Call, name = 'id'): string {
  return call.path[name] ?? ''
}
