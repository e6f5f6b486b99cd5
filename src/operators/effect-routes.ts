/** The outbox for operators: list effects, and retry one that is pending or parked. */
import { z } from '@hono/zod-openapi'
import type { Effect } from '../../machines/effects.ts'
import { authenticate } from '../http/authenticate.ts'
import { fromCursor, pageOf, PageQuery, toCursor, toPage } from '../http/pagination.ts'
import { Problem } from '../http/problem.ts'
import { defineRoute, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { REQUEST_LEASE_MS } from '../engine/effect-timing.ts'
import { EFFECT_STATES, listEffects, retryEffect, selectEffect, type EffectRow } from '../store/outbox.ts'

const EffectBody = z
  .object({
    name: z.string().openapi({ description: '`machine:id:seq:index`. It never changes.' }),
    machine: z.string(),
    id: z.string(),
    account: z.string(),
    effect: z.object({ kind: z.string() }).loose(),
    state: z.enum(EFFECT_STATES).openapi({
      description:
        '`pending`: the service will try it. `parked`: it failed too often and waits for an operator to retry it. `done`: it succeeded.',
    }),
    attempts: z.int(),
    created_at: z.iso.datetime(),
    next_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: 'Time of the next attempt. Null: none is scheduled.' }),
    last_error: z.string().nullable(),
    done_at: z.iso.datetime().nullable(),
    parked_at: z.iso.datetime().nullable(),
  })
  .openapi('Effect')

const list = defineRoute({
  method: 'get',
  path: '/v1/effects',
  summary: 'List effects, newest first',
  request: { query: PageQuery.extend({ state: z.enum(EFFECT_STATES).optional() }) },
  responses: { 200: json(pageOf(EffectBody), 'A page of effects.'), ...problems() },
})

const retryRoute = defineRoute({
  method: 'post',
  path: '/v1/effects/{name}/retry',
  summary: 'Retry a pending or parked effect now',
  description:
    'The effect runs right after the response; if it fails, cron repeats it until it succeeds. Running an effect twice has the same result as running it once.',
  request: {
    params: z.object({
      name: z
        .string()
        .max(300)
        .openapi({ param: { name: 'name', in: 'path' }, example: 'account:acct_1Nv0FGQ9RKHgCVdK:3:0' }),
    }),
  },
  responses: {
    200: json(EffectBody, 'The effect.'),
    ...problems('effect_not_found', 'state_conflict'),
  },
})

export const effects = newRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, state } = c.req.valid('query')
    const last = fromCursor(cursor)
    const before = last && { createdAt: last.at, name: last.id }
    const {
      rows: [rows],
    } = await authenticate(c, [listEffects({ state, before, limit })])
    const page = toPage(rows, limit, {
      item: effectBody,
      cursor: (row) => toCursor({ at: row.created_at, id: row.name }),
    })
    return c.json(page, 200)
  })
  .openapi(retryRoute, async (c) => {
    const { name } = c.req.valid('param')
    const { deps } = c.var
    const {
      rows: [stored],
    } = await authenticate(c, [selectEffect(name)])
    if (!stored) throw new Problem('effect_not_found', `There is no effect ${name}.`)
    const now = deps.now()
    const [row] = await deps.db.write([retryEffect(name, { now, leasedUntil: now + REQUEST_LEASE_MS })])
    if (!row) throw new Problem('state_conflict', `The effect ${name} is done. It needs no retry.`)
    const { machine, id, account } = row
    deps.runSoon([{ name, machine, id, account, effect: row.effect as Effect, nextAt: now }])
    return c.json(effectBody(row), 200)
  })

function effectBody(row: EffectRow): z.infer<typeof EffectBody> {
  const { name, machine, id, account, attempts, last_error } = row
  const state = row.done_at !== null ? 'done' : row.parked_at !== null ? 'parked' : 'pending'
  return {
    name,
    machine,
    id,
    account,
    effect: row.effect as Effect,
    state,
    attempts,
    created_at: toTime(row.created_at),
    next_at: state === 'pending' ? toTime(row.next_at) : null,
    last_error,
    done_at: row.done_at === null ? null : toTime(row.done_at),
    parked_at: row.parked_at === null ? null : toTime(row.parked_at),
  }
}
