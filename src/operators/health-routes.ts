/** Liveness and readiness, without authentication. */
import { z } from '@hono/zod-openapi'
import type { Deps } from '../deps.ts'
import { defineRoute, json, publicProblems } from '../http/route.ts'
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
type Readiness = z.infer<typeof Readiness>

const healthz = defineRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Liveness: the process answers; the database is not called',
  responses: { 200: json(z.object({ ok: z.literal(true) }), 'Alive.'), ...publicProblems() },
})

const readyz = defineRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Readiness: the database accepts writes and has all migrations',
  description: 'A result is reused for two seconds.',
  responses: { 200: json(Readiness, 'Ready.'), 503: json(Readiness, 'Not ready.'), ...publicProblems() },
})

/** Asks for no dependency, so that it answers even if none could be built. */
export const liveness = newRouter().openapi(healthz, (c) => c.json({ ok: true as const }, 200))

/** One app's readiness: its checks are shared by all who ask. */
export function readiness() {
  const ask = shared(checkReadiness)
  return newRouter().openapi(readyz, async (c) => {
    const { answer, freshForMs } = await ask(c.var.deps)
    c.header('cache-control', freshForMs === null ? 'no-store' : `max-age=${Math.floor(freshForMs / 1000)}`)
    return c.json(answer, answer.ready ? 200 : 503)
  })
}

async function checkReadiness(deps: Deps): Promise<Readiness> {
  try {
    const missing = await missingMigrations(deps.db, deps.now())
    return { ready: missing.length === 0, database: 'ok', missing_migrations: missing }
  } catch (error) {
    deps.log({ level: 'error', message: 'not ready', error: describeError(error) })
    return NOT_READY
  }
}

const NOT_READY: Readiness = { ready: false, database: 'unavailable', missing_migrations: [] }

/** Anybody may ask at any rate, and each check writes. */
const REUSED_FOR_MS = 2_000
/** Longer than a check takes, even if its database does not answer. A check may end unfinished, with its own request. */
const PATIENCE_MS = 10_000

interface Check {
  startedAt: number
  endedAt: number | null
  answer: Promise<Readiness>
}

/** One check at a time; its answer is reused for a while. `freshForMs` null: no answer came in time. */
function shared(check: (deps: Deps) => Promise<Readiness>) {
  let last: Check | null = null

  const isUsable = ({ startedAt, endedAt }: Check, now: number) =>
    endedAt === null ? now - startedAt < PATIENCE_MS : now - endedAt < REUSED_FOR_MS

  function begin(deps: Deps): Check {
    const begun: Check = { startedAt: deps.now(), endedAt: null, answer: run() }
    // Others wait for this check, so it must end even if its own caller goes away.
    deps.defer(begun.answer)
    return begun

    async function run(): Promise<Readiness> {
      const answer = await check(deps)
      begun.endedAt = deps.now()
      return answer
    }
  }

  return async (deps: Deps): Promise<{ answer: Readiness; freshForMs: number | null }> => {
    const current = last && isUsable(last, deps.now()) ? last : begin(deps)
    last = current
    // workerd kills a request that waits for another one's promise without a timer of its own.
    const answer = await Promise.race([current.answer, deps.sleep(PATIENCE_MS)])
    if (!answer) return { answer: NOT_READY, freshForMs: null }
    const age = current.endedAt === null ? 0 : deps.now() - current.endedAt
    return { answer, freshForMs: Math.max(0, REUSED_FOR_MS - age) }
  }
}
