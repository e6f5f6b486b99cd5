/** Liveness and readiness, without authentication. */
import { z } from '@hono/zod-openapi'
import { defineRoute, json } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { describeError } from '../log.ts'
import { missingMigrations } from '../store/readiness.ts'

const Readiness = z
  .object({
    ready: z.boolean(),
    database: z.enum(['ok', 'unavailable']),
    missing_migrations: z.array(z.string()),
  })
  .openapi('Readiness')

const healthz = defineRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Liveness: the process answers; the database is not called',
  responses: { 200: json(z.object({ ok: z.literal(true) }), 'Alive.') },
})

const readyz = defineRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Readiness: the database accepts writes and has all migrations',
  responses: { 200: json(Readiness, 'Ready.'), 503: json(Readiness, 'Not ready.') },
})

export const health = newRouter()
  .openapi(healthz, (c) => c.json({ ok: true as const }, 200))
  .openapi(readyz, async (c) => {
    const { deps } = c.var
    try {
      const missing = await missingMigrations(deps.db, deps.now())
      const ready = missing.length === 0
      return c.json({ ready, database: 'ok' as const, missing_migrations: missing }, ready ? 200 : 503)
    } catch (error) {
      deps.log({ level: 'error', message: 'not ready', error: describeError(error) })
      return c.json({ ready: false, database: 'unavailable' as const, missing_migrations: [] }, 503)
    }
  })
