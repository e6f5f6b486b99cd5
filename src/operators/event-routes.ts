/** The inbox for operators: list Stripe's events with their outcomes, read one, and replay one. */
import { z } from '@hono/zod-openapi'
import { EventGone, replay } from '../engine/replay.ts'
import { authenticate } from '../http/authenticate.ts'
import { fromCursor, pageOf, PageQuery, toCursor, toPage } from '../http/pagination.ts'
import { Problem } from '../http/problem.ts'
import { defineRoute, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { INBOX_STATUSES, listEvents, selectEvent, type InboxRow } from '../store/inbox.ts'
import { AccountId } from '../stripe/ids.ts'

const EventBody = z
  .object({
    id: z.string(),
    type: z.string(),
    account: z
      .string()
      .nullable()
      .openapi({ description: 'Null: the event belongs to the platform itself.' }),
    source: z.enum(['connect', 'platform', 'reconciler']).openapi({
      description:
        'The webhook endpoint that received it, or the reconciler, which read it from Stripe’s list.',
    }),
    created: z.iso.datetime().openapi({ description: 'When Stripe created it.' }),
    received_at: z.iso.datetime(),
    outcome: z.enum(INBOX_STATUSES).openapi({
      description:
        '`applied`: it changed an instance. `unchanged`: it repeated known facts. `stale`: it is older than the known facts. `ignored`: no machine handles its type. `failed`: it could not be applied; `detail` says why.',
    }),
    detail: z.string().nullable(),
    replayed_at: z.iso.datetime().nullable(),
    retry_at: z.iso.datetime().nullable().openapi({
      description:
        'When the service replays it automatically: it failed because a newer build had written the instance, or because its object was not known yet.',
    }),
  })
  .openapi('Event')

const EventWithPayload = EventBody.extend({
  payload: z.unknown().openapi({
    description: 'The fields of the event that the service reads. Null once the event is 30 days old.',
  }),
}).openapi('EventWithPayload')

const Params = z.object({
  event: z
    .string()
    .max(200)
    .openapi({ param: { name: 'event', in: 'path' }, example: 'evt_1Nv0FGQ9RKHgCVdK' }),
})

const list = defineRoute({
  method: 'get',
  path: '/v1/events',
  summary: 'List Stripe’s events, last received first',
  request: {
    query: PageQuery.extend({
      account: AccountId.optional(),
      outcome: z.enum(INBOX_STATUSES).optional(),
      type: z.string().max(128).optional(),
    }),
  },
  responses: { 200: json(pageOf(EventBody), 'A page of events.'), ...problems() },
})

const read = defineRoute({
  method: 'get',
  path: '/v1/events/{event}',
  summary: 'Read an event with its stored payload',
  request: { params: Params },
  responses: { 200: json(EventWithPayload, 'The event.'), ...problems('event_not_found') },
})

const replayRoute = defineRoute({
  method: 'post',
  path: '/v1/events/{event}/replay',
  summary: 'Replay an event',
  description:
    'The event takes the same path as a webhook. A replay cannot undo newer facts: facts carry Stripe’s times, so an old event stays stale. A failed event is first fetched from Stripe again.',
  request: { params: Params },
  responses: {
    200: json(EventWithPayload, 'The event with its new outcome.'),
    ...problems('event_not_found', 'event_gone', 'stripe_unavailable', 'newer_state'),
  },
})

export const events = newRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const last = fromCursor(cursor)
    const before = last && { receivedAt: last.at, id: last.id }
    const {
      rows: [rows],
    } = await authenticate(c, [listEvents({ ...filters, before, limit })])
    const page = toPage(rows, limit, {
      item: eventBody,
      cursor: (row) => toCursor({ at: row.received_at, id: row.id }),
    })
    return c.json(page, 200)
  })
  .openapi(read, async (c) => {
    const { event } = c.req.valid('param')
    const {
      rows: [row],
    } = await authenticate(c, [selectEvent(event)])
    return c.json(withPayload(found(row, event)), 200)
  })
  .openapi(replayRoute, async (c) => {
    const { event } = c.req.valid('param')
    const { deps, requestId } = c.var
    const {
      client,
      rows: [row],
    } = await authenticate(c, [selectEvent(event)])
    const cause = { kind: 'operator', id: `${client.name}/${requestId}` } as const
    await replay(deps, found(row, event), cause).catch((error: unknown) => {
      throw error instanceof EventGone ? eventGone(event) : error
    })
    const [after] = await deps.db.read([selectEvent(event)])
    return c.json(withPayload(found(after, event)), 200)
  })

function eventGone(id: string): Problem {
  return new Problem(
    'event_gone',
    `The payload of ${id} is no longer stored, and Stripe no longer has the event. It cannot be replayed.`,
  )
}

/** @throws Problem event_not_found */
function found(row: InboxRow | null, id: string): InboxRow {
  if (row) return row
  throw new Problem('event_not_found', `This service has received no event ${id}.`)
}

function eventBody(row: InboxRow): z.infer<typeof EventBody> {
  const { id, type, account, source, outcome, detail } = row
  return {
    id,
    type,
    account,
    source,
    created: toTime(row.created * 1000),
    received_at: toTime(row.received_at),
    outcome,
    detail,
    replayed_at: row.replayed_at === null ? null : toTime(row.replayed_at),
    retry_at: row.retry_at === null ? null : toTime(row.retry_at),
  }
}

function withPayload(row: InboxRow): z.infer<typeof EventWithPayload> {
  return { ...eventBody(row), payload: row.payload }
}
