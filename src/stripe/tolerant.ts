/** Fields of Stripe's objects. One that is missing or of an unknown kind becomes the value that opens nothing. */
import { z } from 'zod'

/** Stripe promises no form of its ids but that they are short words; a key of ours is made of nothing else. */
export const id = z.string().regex(/^[!-~]{1,255}$/)

export const text = z.string().nullish().catch(null)
export const texts = z.array(z.string()).nullish().catch(null)
export const claim = z.boolean().catch(false)
export const optionalClaim = z.boolean().nullish().catch(null)
export const integer = z.int().nullish().catch(null)
export const integers = z.array(z.int()).nullish().catch(null)
/** Whole seconds until the last year that a date can be written of (RFC 3339): one further off could be told to nobody. */
export const unixSecond = z.int().min(0).max(253_402_300_799)
export const unixSeconds = unixSecond.nullish().catch(null)
export const amount = z.int().catch(0)
export const optionalAmount = integer

/** Stripe does not promise an order; one of ours makes equal lists equal. */
export const names = texts.transform((list) => [...(list ?? [])].sort())

/** An id, or the object itself where it was expanded. */
export const reference = z
  .union([id, z.object({ id }).transform((object) => object.id)])
  .nullish()
  .catch(null)

/** The request of ours that made an object. */
export const Metadata = z.object({ gatehouse_request: z.string().optional() }).nullish().catch(null)
