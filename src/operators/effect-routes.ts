/** The outbox, for operators: what is owed, what was given up on, and trying it again. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Effect } from '../../machines/effects.ts'
import { authenticate } from '../http/authenticate.ts'
import { fromCursor, pageOf, toCursor, toPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { json, Page, problems, secured } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { REQUEST_LEASE_MS } from '../engine/effect-timing.ts'
import { EFFECT_STATES, listEffects, retryEffect, selectEffect, type EffectRow } from '../store/outbox.ts'

const EffectBody = z
  .object({
    name: z.string().openapi({ description: 'machine:id:seq:index; for ever.' }),
    machine: z.string(),
    id: z.string(),
    account: z.string(),
    effect: z.object({ kind: z.string() }).loose(),
    state: z.enum(EFFECT_STATES).openapi({
      description: '`parked`: tried often enough; it waits for somebody to retry it.',
    }),
    attempts: z.int(),
    created_at: z.iso.datetime(),
    next_at: z.iso.datetime().nullable().openapi({ description: 'When it is tried next, if it is.' }),
    last_error: z.string().nullable(),
    done_at: z.iso.datetime().nullable(),
    parked_at: z.iso.datetime().nullable(),
  })
  .openapi('Effect')

const list = createRoute({
  method: 'get',
  path: '/v1/effects',
  summary: 'List effects owed and done, the latest first',
  ...secured('operate'),
  request: { query: Page.extend({ state: z.enum(EFFECT_STATES).optional() }) },
  responses: { 200: json(pageOf(EffectBody), 'A page of effects.'), ...problems() },
})

const retry = createRoute({
  method: 'post',
  path: '/v1/effects/{name}/retry',
  summary: 'Run an effect that is owed or was given up on, now',
  description:
    'It runs right after the answer, and from cron until it is done. Doing it twice changes nothing twice.',
  ...secured('operate'),
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
    const before = fromCursor(cursor)
    const place = before && { createdAt: before.at, name: before.id }
    const {
      rows: [listed],
    } = await authenticate(c, [listEffects({ state, before: place, limit })])
    const page = toPage(listed, limit, {
      item: effectBody,
      cursor: (row) => toCursor({ at: row.created_at, id: row.name }),
    })
    return c.json(page, 200)
  })
  .openapi(retry, async (c) => {
    const { name } = c.req.valid('param')
    const { deps } = c.var
    const {
      rows: [stored],
    } = await authenticate(c, [selectEffect(name)])
    if (!stored) throw new Problem('effect_not_found', `No effect is called ${name}.`)
    const now = deps.now()
    const [row] = await deps.db.write([retryEffect(name, { now, leasedUntil: now + REQUEST_LEASE_MS })])
    if (!row) throw new Problem('state_conflict', 'The effect is done; there is nothing left to try.')
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
