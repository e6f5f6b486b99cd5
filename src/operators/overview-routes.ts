/** The overview for operators, as JSON and as OpenMetrics. */
import { z } from '@hono/zod-openapi'
import { authenticate } from '../http/authenticate.ts'
import { defineRoute, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { OPEN_METRICS, openMetrics } from './open-metrics.ts'
import { Overview, overviewFrom, overviewStatements } from './overview.ts'

const read = defineRoute({
  method: 'get',
  path: '/v1/overview',
  summary: 'Overview of the whole service',
  description:
    'Instances by state, effects not done, events that could not be applied, and the reconciler’s progress. Its cost does not depend on the number of accounts.',
  responses: { 200: json(Overview, 'The overview.'), ...problems() },
})

const metrics = defineRoute({
  method: 'get',
  path: '/metrics',
  summary: 'The overview as OpenMetrics text',
  responses: {
    200: { description: 'OpenMetrics 1.0.', content: { [OPEN_METRICS]: { schema: z.string() } } },
    ...problems(),
  },
})

export const overview = newRouter()
  .openapi(read, async (c) => {
    const { rows } = await authenticate(c, overviewStatements())
    return c.json(overviewFrom(c.var.deps.lifecycles, rows), 200)
  })
  .openapi(metrics, async (c) => {
    const { rows } = await authenticate(c, overviewStatements())
    return c.body(openMetrics(overviewFrom(c.var.deps.lifecycles, rows)), 200, {
      'content-type': OPEN_METRICS,
    })
  })
