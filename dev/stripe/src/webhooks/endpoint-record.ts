import type Stripe from 'stripe'

/** A webhook endpoint with what only Stripe knows of it. */
export interface EndpointRecord {
  readonly endpoint: Stripe.WebhookEndpoint
  /** True: carries the connected accounts' events. False: the platform's own. Never both. */
  readonly connect: boolean
  /** More than one while a secret is being rolled: each signs. */
  readonly secrets: readonly EndpointSecret[]
}

export interface EndpointSecret {
  readonly value: string
  readonly expiresAt: number | null
}
