/** Stored states of earlier versions, made readable: what every machine was given at once. */
import { z } from 'zod'
import type { Stored } from './lifecycle.ts'

/** For a state stored before it was kept when something was last heard: at the latest just now. */
export function withHeardSeq({ value, context }: Stored): Omit<Stored, 'version'> {
  const { seq } = z.object({ seq: z.int() }).parse(context)
  return { value, context: { ...(context as object), heard_seq: seq } }
}
