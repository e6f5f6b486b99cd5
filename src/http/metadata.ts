/** Metadata that a client may attach: Stripe's limits, minus the keys that Gatehouse reserves. */
import { z } from '@hono/zod-openapi'

/** Stripe allows 50 keys; Gatehouse reserves 10. https://docs.stripe.com/api/metadata */
const MAX_KEYS = 40

export const Metadata = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((metadata) => Object.keys(metadata).length <= MAX_KEYS, `must have at most ${MAX_KEYS} keys`)
  .refine(
    (metadata) => !Object.keys(metadata).some((key) => key.startsWith('gatehouse_')),
    'must not use keys that start with gatehouse_',
  )
