/** How everything stands, in one round trip and without reading through what is stored. */
import { z } from '@hono/zod-openapi'
import { lifecycleOf, MACHINES } from '../../machines/lifecycles.ts'
import { toTime } from '../http/time.ts'
import { RECONCILER_RUN, ReconcilerRun } from '../engine/reconcile/reconcile.ts'
import { selectOldestCheck } from '../store/checks.ts'
import { parseCursor, selectCursor } from '../store/cursors.ts'
import type { Row, Statement } from '../store/database.ts'
import { parseEvents, selectLastSeen, selectOldestFailed } from '../store/inbox.ts'
import { countEffects } from '../store/outbox.ts'
import { OUTCOMES } from '../store/rows.ts'
import { parseStreams, PLATFORM, selectOldestStream, selectStream } from '../store/streams.ts'
import { parseTallies, selectTallies } from '../store/tallies.ts'

const time = z.iso.datetime()
const counts = z.record(z.string(), z.int())

export const Overview = z
  .object({
    instances: z
      .record(z.string(), z.record(z.string(), counts))
      .openapi({ description: 'Machine → region → state → how many are in it.' }),
    skipped_edges: z.record(z.string(), counts).openapi({
      description:
        'Machine → region → how many moves, ever, were along none of its declared edges. A rising count means that events are missed.',
    }),
    events: z.object({
      by_outcome: z.object(
        Object.fromEntries(OUTCOMES.map((outcome) => [outcome, z.int()])) as Record<
          (typeof OUTCOMES)[number],
          z.ZodInt
        >,
      ),
      oldest_unprocessed: z
        .object({ id: z.string(), type: z.string(), account: z.string().nullable(), received_at: time })
        .nullable()
        .openapi({ description: 'The oldest event that could not be applied.' }),
      last_seen: z
        .object({ connect: time.nullable(), platform: time.nullable(), reconciler: time.nullable() })
        .openapi({ description: 'When each endpoint, and the reconciler, last brought an event.' }),
    }),
    effects: z.object({
      pending: z.int(),
      parked: z.int(),
      oldest_due_at: time.nullable().openapi({ description: 'In the past: that much behind.' }),
    }),
    reconciler: z.object({
      last_run: z
        .object({
          started_at: time,
          ended_at: time,
          stripe_calls: z.int(),
          ended_by: z.string().nullable().openapi({
            description: 'Why it ended before everything due was done; null: everything was.',
          }),
        })
        .nullable(),
      platform_read_to: time
        .nullable()
        .openapi({ description: 'Stripe’s time up to which the platform’s own events were read back.' }),
      oldest_events_due_at: time.nullable().openapi({
        description:
          'When the account whose events wait longest to be read back is due. In the past: that much behind.',
      }),
      oldest_check_due_at: time.nullable().openapi({
        description:
          'When the instance that waits longest to be looked at again is due. In the past: that much behind.',
      }),
      events_recovered: z.int().openapi({ description: 'Events that no endpoint had brought, ever.' }),
      drift_found: z.int().openapi({ description: 'Looks that found what nothing had told of, ever.' }),
    }),
  })
  .openapi('Overview')
export type Overview = z.infer<typeof Overview>

export function overviewStatements(): Statement[] {
  return [
    selectTallies(),
    selectOldestFailed(),
    selectLastSeen(),
    countEffects(),
    selectCursor(RECONCILER_RUN),
    selectStream(PLATFORM),
    selectOldestStream(),
    selectOldestCheck(),
  ]
}

export function overviewFrom(rows: readonly Row[][]): Overview {
  const [tallies, failed, observation, effects, run, platform, stream, check] = rows
  const tallyRows = parseTallies(tallies ?? [])
  const tally = new Map(tallyRows.map(({ name, key, count }) => [`${name}/${key}`, count]))
  const count = (name: string, key: string) => tally.get(`${name}/${key}`) ?? 0
  const skipped = (name: string) =>
    tallyRows.reduce((sum, row) => (row.name === name ? sum + row.skipped : sum), 0)
  const [oldest] = parseEvents(failed ?? [])
  const last = ReconcilerRun.safeParse(parseCursor(run ?? []))
  const [ownStream] = parseStreams(platform ?? [])
  const when = (found: readonly Row[] | undefined, column: string) => timeOrNull(found?.[0]?.[column])
  return {
    instances: Object.fromEntries(
      MACHINES.map((machine) => [
        machine,
        Object.fromEntries(
          Object.entries(lifecycleOf(machine).machine.states).map(([region, { states }]) => [
            region,
            Object.fromEntries(
              Object.keys(states).map((state) => [state, count(`${machine}.${region}`, state)]),
            ),
          ]),
        ),
      ]),
    ),
    skipped_edges: Object.fromEntries(
      MACHINES.map((machine) => [
        machine,
        Object.fromEntries(
          Object.keys(lifecycleOf(machine).regions).map((region) => [
            region,
            skipped(`${machine}.${region}`),
          ]),
        ),
      ]),
    ),
    events: {
      by_outcome: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, count('events', outcome)]),
      ) as Record<(typeof OUTCOMES)[number], number>,
      oldest_unprocessed: oldest
        ? {
            id: oldest.id,
            type: oldest.type,
            account: oldest.account,
            received_at: toTime(oldest.received_at),
          }
        : null,
      last_seen: {
        connect: when(observation, 'connect'),
        platform: when(observation, 'platform'),
        reconciler: when(observation, 'reconciler'),
      },
    },
    effects: {
      pending: Number(effects?.[0]?.['pending'] ?? 0),
      parked: Number(effects?.[0]?.['parked'] ?? 0),
      oldest_due_at: when(effects, 'oldest_due_at'),
    },
    reconciler: {
      last_run: last.success
        ? {
            ...last.data,
            started_at: toTime(last.data.started_at),
            ended_at: toTime(last.data.ended_at),
          }
        : null,
      platform_read_to: ownStream ? toTime(ownStream.position * 1000) : null,
      oldest_events_due_at: when(stream, 'next_at'),
      oldest_check_due_at: when(check, 'check_at'),
      events_recovered: count('reconciler', 'recovered'),
      drift_found: count('reconciler', 'drift'),
    },
  }
}

function timeOrNull(ms: unknown): string | null {
  return typeof ms === 'number' ? toTime(ms) : null
}
