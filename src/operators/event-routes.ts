/** The inbox, for operators: what Stripe sent, what became of it, and taking it in once more. */
import { createRoute, z } from '@hono/zod-openapi'
import { EventGone, replay } from '../engine/replay.ts'
import { authenticate } from '../http/authenticate.ts'
import { fromCursor, pageOf, toCursor, toPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { json, Page, problems, secured } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { INBOX_STATUSES, listEvents, selectEvent, type InboxRow } from '../store/inbox.ts'
import { AccountId } from '../stripe/ids.ts'

const EventBody = z
  .object({
    id: z.string(),
    type: z.string(),
    account: z.string().nullable().openapi({ description: 'Null: it is the platform’s own.' }),
    source: z.enum(['connect', 'platform', 'reconciler']).openapi({
      description: 'The endpoint that brought it, or the reconciler, which read it back from Stripe.',
    }),
    created: z.iso.datetime().openapi({ description: 'Stripe’s time.' }),
    received_at: z.iso.datetime(),
    outcome: z.enum(INBOX_STATUSES).openapi({
      description:
        '`applied`: something moved. `unchanged`: it said what was known. `stale`: it is older than what is known. `ignored`: no machine handles its type. `failed`: it could not be applied, and `detail` says why.',
    }),
    detail: z.string().nullable(),
    replayed_at: z.iso.datetime().nullable(),
    retry_at: z.iso.datetime().nullable().openapi({
      description:
        'When it is replayed by itself: a newer build, which can apply it, is on its way, or what it is about was not known yet.',
    }),
  })
  .openapi('Event')

const EventWithPayload = EventBody.extend({
  payload: z.unknown().openapi({
    description: 'The event, stripped to what was read of it; null once it is 30 days old.',
  }),
}).openapi('EventWithPayload')

const Params = z.object({
  event: z
    .string()
    .max(200)
    .openapi({ param: { name: 'event', in: 'path' }, example: 'evt_1Nv0FGQ9RKHgCVdK' }),
})

const list = createRoute({
  method: 'get',
  path: '/v1/events',
  summary: 'List Stripe’s events, the last received first',
  ...secured('operate'),
  request: {
    query: Page.extend({
      account: AccountId.optional(),
      outcome: z.enum(INBOX_STATUSES).optional(),
      type: z.string().max(128).optional(),
    }),
  },
  responses: { 200: json(pageOf(EventBody), 'A page of events.'), ...problems() },
})

const read = createRoute({
  method: 'get',
  path: '/v1/events/{event}',
  summary: 'Read an event, with what is kept of its payload',
  ...secured('operate'),
  request: { params: Params },
  responses: { 200: json(EventWithPayload, 'The event.'), ...problems('event_not_found') },
})

const again = createRoute({
  method: 'post',
  path: '/v1/events/{event}/replay',
  summary: 'Take an event in once more',
  description:
    'Through the same path as when it came. What is true already it cannot change: facts carry Stripe’s times, so what is older than what is known stays older. What had failed is fetched from Stripe again.',
  ...secured('operate'),
  request: { params: Params },
  responses: {
    200: json(EventWithPayload, 'The event, with what became of it.'),
    ...problems('event_not_found', 'event_gone', 'stripe_unavailable', 'newer_state'),
  },
})

export const events = newRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const before = fromCursor(cursor)
    const place = before && { receivedAt: before.at, id: before.id }
    const {
      rows: [listed],
    } = await authenticate(c, [listEvents({ ...filters, before: place, limit })])
    const page = toPage(listed, limit, {
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
  .openapi(again, async (c) => {
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
  return new Problem('event_gone', `Nothing is kept of ${id} any more, and Stripe does not have it either.`)
}

/** @throws Problem event_not_found */
function found(row: InboxRow | null, id: string): InboxRow {
  if (row) return row
  throw new Problem('event_not_found', `No event ${id} was received here.`)
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
