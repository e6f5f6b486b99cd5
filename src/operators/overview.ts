/** How everything stands, in one round trip and without reading through what is stored. */
import { z } from '@hono/zod-openapi'
import { lifecycleOf, MACHINES } from '../../machines/lifecycles.ts'
import { toTime } from '../http/time.ts'
import { RECONCILER_RUN, ReconcilerRun } from '../engine/reconcile/reconcile.ts'
import { selectOldestCheck } from '../store/checks.ts'
import { selectCursor } from '../store/cursors.ts'
import type { Results } from '../store/database.ts'
import { INBOX_STATUSES, selectLastSeen, selectOldestFailed } from '../store/inbox.ts'
import { countEffects } from '../store/outbox.ts'
import { PLATFORM, selectOldestStream, selectStream } from '../store/streams.ts'
import { selectTallies } from '../store/tallies.ts'

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
        Object.fromEntries(INBOX_STATUSES.map((outcome) => [outcome, z.int()])) as Record<
          (typeof INBOX_STATUSES)[number],
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

export function overviewStatements() {
  return [
    selectTallies(),
    selectOldestFailed(),
    selectLastSeen(),
    countEffects(),
    selectCursor(RECONCILER_RUN),
    selectStream(PLATFORM),
    selectOldestStream(),
    selectOldestCheck(),
  ] as const
}

export function overviewFrom([
  tallies,
  oldest,
  seen,
  effects,
  run,
  ownStream,
  eventsDueAt,
  checkDueAt,
]: Results<ReturnType<typeof overviewStatements>>): Overview {
  const tally = new Map(tallies.map(({ name, key, count }) => [`${name}/${key}`, count]))
  const count = (name: string, key: string) => tally.get(`${name}/${key}`) ?? 0
  const skipped = (name: string) =>
    tallies.reduce((sum, row) => (row.name === name ? sum + row.skipped : sum), 0)
  const last = ReconcilerRun.safeParse(run)
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
        INBOX_STATUSES.map((outcome) => [outcome, count('events', outcome)]),
      ) as Record<(typeof INBOX_STATUSES)[number], number>,
      oldest_unprocessed: oldest
        ? {
            id: oldest.id,
            type: oldest.type,
            account: oldest.account,
            received_at: toTime(oldest.received_at),
          }
        : null,
      last_seen: {
        connect: timeOrNull(seen.connect),
        platform: timeOrNull(seen.platform),
        reconciler: timeOrNull(seen.reconciler),
      },
    },
    effects: {
      pending: effects.pending,
      parked: effects.parked,
      oldest_due_at: timeOrNull(effects.oldest_due_at),
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
      oldest_events_due_at: timeOrNull(eventsDueAt),
      oldest_check_due_at: timeOrNull(checkDueAt),
      events_recovered: count('reconciler', 'recovered'),
      drift_found: count('reconciler', 'drift'),
    },
  }
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : toTime(ms)
}
