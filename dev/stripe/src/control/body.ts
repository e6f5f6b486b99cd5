import type { Context } from 'hono'
import type { z } from 'zod'
import { StripeRefusal } from '../core/errors.ts'

/** Reads and checks a control's JSON body. No body counts as an empty object. The error names each wrong field. */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const text = await c.req.text()
  const parsed = schema.safeParse(text === '' ? {} : parseJson(text))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new StripeRefusal(400, { type: 'invalid_request_error', message: problems.join('; ') })
}

export function notFound(kind: string, id: string): StripeRefusal {
  return new StripeRefusal(404, { type: 'invalid_request_error', message: `No such ${kind}: '${id}'` })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StripeRefusal(400, { type: 'invalid_request_error', message: 'The body is not JSON.' })
  }
}
