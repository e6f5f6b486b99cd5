/** An instance's history in the API: its transitions, newest first, each with its cause and the facts it changed. */
import { z } from '@hono/zod-openapi'
import type { TransitionRow } from '../store/transitions.ts'
import { pageOf, PageQuery, toPage } from './pagination.ts'
import { toTime } from './time.ts'

export const TransitionBody = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    event: z.string(),
    cause: z.object({ kind: z.string(), id: z.string() }),
    from: z.record(z.string(), z.string()).nullable(),
    to: z.record(z.string(), z.string()),
    changed: z
      .record(z.string(), z.tuple([z.unknown(), z.unknown()]))
      .openapi({ description: 'Dotted path → [before, after].' }),
    skipped: z.array(z.string()).nullable().openapi({
      description:
        'The regions that moved along no documented edge of Stripe’s lifecycle: an event was missed, or several events were merged into one. The move counts nevertheless. Null: none.',
    }),
  })
  .openapi('Transition')
export type TransitionBody = z.infer<typeof TransitionBody>

export const HistoryPage = pageOf(TransitionBody)

/** The cursor of a history is a `seq`. */
export const HistoryQuery = PageQuery.extend({ cursor: z.coerce.number().int().positive().optional() })

export function historyPage(rows: readonly TransitionRow[], limit: number) {
  return toPage(rows, limit, {
    item: transitionBody,
    cursor: ({ seq }) => String(seq),
  })
}

export function transitionBody(row: TransitionRow): TransitionBody {
  return {
    seq: row.seq,
    at: toTime(row.at),
    event: row.event,
    cause: { kind: row.cause_kind, id: row.cause_id },
    from: row.from_value,
    to: row.to_value,
    changed: row.changed,
    skipped: row.skipped,
  }
}
