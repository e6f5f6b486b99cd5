/** Upcasts that all machines share. */
import { z } from 'zod'
import type { Stored } from './lifecycle.ts'

/** Earlier versions have no `heard_seq`; `seq` is its upper bound. */
export function withHeardSeq({ value, context }: Stored): Omit<Stored, 'version'> {
  const { seq } = z.object({ seq: z.int() }).parse(context)
  return { value, context: { ...(context as object), heard_seq: seq } }
}
