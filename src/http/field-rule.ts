/** Named rules for single fields of a request. A schema checks those it can; a handler checks those that need stored data. */
import type { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

export interface FieldRule {
  path: string
  rule: string
  message: string
}

/** A broken rule as a zod issue. The message repeats the rule's name, for clients that show the message alone. */
export function asIssue({ path, rule, message }: FieldRule): z.core.$ZodRawIssue<z.core.$ZodIssueCustom> {
  return {
    code: 'custom',
    path: path.split('.'),
    message: `${rule}: ${message}`,
    params: { rule },
    input: undefined,
  }
}

export function fieldProblem({ path, rule, message }: FieldRule): Problem {
  const text = `${rule}: ${message}`
  return new Problem('invalid_request', `${path}: ${text}`, {
    members: { errors: [{ path, message: text, rule }] },
  })
}
