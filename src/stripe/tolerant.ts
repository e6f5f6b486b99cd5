/** Fields of Stripe's objects. A field that is missing or of an unexpected type becomes the value that opens no gate. */
import { z } from 'zod'

/** Stripe promises no format of its ids except that they are short; our own keys use these characters only. */
export const id = z.string().regex(/^[!-~]{1,255}$/)

export const text = z.string().nullish().catch(null)
export const texts = z.array(z.string()).nullish().catch(null)
export const claim = z.boolean().catch(false)
export const optionalClaim = z.boolean().nullish().catch(null)
export const integer = z.int().nullish().catch(null)
export const integers = z.array(z.int()).nullish().catch(null)
/** Whole seconds up to the year 9999, the last that RFC 3339 can express. */
export const unixSecond = z.int().min(0).max(253_402_300_799)
export const unixSeconds = unixSecond.nullish().catch(null)
export const amount = z.int().catch(0)
export const optionalAmount = integer

/** Sorted, because Stripe promises no order and equal lists must compare as equal. */
export const names = texts.transform((list) => [...(list ?? [])].sort())

/** An id, or the object if it was expanded. */
export const reference = z
  .union([id, z.object({ id }).transform((object) => object.id)])
  .nullish()
  .catch(null)

/** The mark of the request that made the object. */
export const Metadata = z.object({ gatehouse_request: z.string().optional() }).nullish().catch(null)
