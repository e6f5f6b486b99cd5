/** Rules that one field of a request breaks, named: by the schema where it can tell, by the handler where it had to read. */
import type { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

export interface FieldRule {
  path: string
  rule: string
  message: string
}

/** As zod notes it. The name stands in the message too: whoever reads only that learns which rule it is. */
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
