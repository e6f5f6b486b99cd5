/** A router that reports validation failures as problems. */
import { OpenAPIHono, type z } from '@hono/zod-openapi'
import { authenticate } from './authenticate.ts'
import type { Env } from './env.ts'
import { Problem } from './problem.ts'

/** Enough to mend any request that was meant; one made of nothing else must not be answered at length. */
const MAX_ERRORS = 100

export function newRouter() {
  return new OpenAPIHono<Env>({
    defaultHook: async (result, c) => {
      if (result.success) return
      // Authenticate first: an unauthenticated caller must not learn the schema from validation errors.
      if (c.var.scopes) await authenticate(c, [])
      const errors = result.error.issues
        .flatMap((issue) =>
          issue.code === 'unrecognized_keys'
            ? issue.keys.map((key) => ({
                path: [...issue.path, key].join('.'),
                message: result.target === 'query' ? 'is not a known parameter' : 'is not a known field',
              }))
            : [{ path: issue.path.join('.'), message: issue.message, ...ruleOf(issue) }],
        )
        .slice(0, MAX_ERRORS)
      const [first] = errors
      // The path is empty when the body as a whole is invalid.
      const path = first?.path || 'body'
      throw new Problem('invalid_request', `${path}: ${first?.message ?? 'not valid'}`, {
        members: { errors },
      })
    },
  })
}

function ruleOf(issue: z.core.$ZodIssue): { rule?: unknown } {
  const rule: unknown = issue.code === 'custom' ? issue.params?.['rule'] : undefined
  return rule === undefined ? {} : { rule }
}
