import type { Hono } from 'hono'
import { z } from 'zod'
import { StripeRefusal, defaultErrorBody } from '../core/errors.ts'
import type { Failure, Fault } from '../core/fault.ts'
import type { Runtime } from '../runtime.ts'
import { readBody } from './body.ts'

const FaultBody = z.strictObject({
  route: z.string().regex(/^(?:\*|(?:GET|POST|DELETE|\*) \/\S*)$/),
  times: z.int().min(1).default(1),
  skip: z.int().min(0).default(0),
  share: z.number().gt(0).max(1).default(1),
  account: z.string().optional(),
  delay_ms: z.number().min(0).default(0),
  status: z.int().min(400).max(599).optional(),
  type: z.enum(['api_error', 'card_error', 'idempotency_error', 'invalid_request_error']).optional(),
  code: z.string().optional(),
  param: z.string().optional(),
  decline_code: z.string().optional(),
  message: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  html: z.boolean().default(false),
  stored: z.boolean().default(false),
  timeout: z.boolean().default(false),
  reset: z.boolean().default(false),
  truncate: z.boolean().default(false),
  after_commit: z.boolean().default(false),
})

/** Controls the faults that the next calls of a route meet. */
export function registerFaultControls(app: Hono, runtime: Runtime): void {
  app.get('/_sim/faults', (c) => c.json({ data: runtime.world().faults.map(faultView) }))
  app.post('/_sim/faults', async (c) => {
    const body = await readBody(c, FaultBody)
    const world = runtime.world()
    const fault: Fault = {
      id: `flt_${world.faultRng.text(12)}`,
      route: body.route,
      skip: body.skip,
      times: body.times,
      share: body.share,
      account: body.account ?? null,
      delay_ms: body.delay_ms,
      after_commit: body.after_commit,
      failure: failureOf(body),
    }
    world.faults.push(fault)
    return c.json(faultView(fault))
  })
  app.delete('/_sim/faults', (c) => {
    runtime.world().faults.length = 0
    return c.json({ data: [] })
  })
}

/** With `after_commit` alone, the connection breaks. With `delay_ms` alone, nothing fails. */
function failureOf(body: z.infer<typeof FaultBody>): Failure | null {
  const { status, headers } = body
  if (body.timeout) return { kind: 'timeout' }
  if (body.reset) return { kind: 'reset' }
  if (body.truncate) return { kind: 'truncated' }
  if (status === undefined) return body.after_commit ? { kind: 'reset' } : null
  if (body.html) return { kind: 'html', status, headers }
  const { type, code, param, decline_code, message } = body
  const error = defaultErrorBody(status, {
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(decline_code === undefined ? {} : { decline_code }),
    ...(message === undefined ? {} : { message }),
  })
  const refusal = new StripeRefusal(status, error, { began: body.stored, headers })
  return { kind: 'refusal', stored: body.stored, refusal }
}

function faultView({ failure, ...fault }: Fault) {
  return {
    ...fault,
    failure: failure?.kind ?? null,
    status:
      failure?.kind === 'refusal' ? failure.refusal.status : failure?.kind === 'html' ? failure.status : null,
  }
}
