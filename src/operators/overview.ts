/** The operators' overview. One round trip; it reads counters and indexes, so its cost does not grow with the data. */
import { z } from '@hono/zod-openapi'
import type { Lifecycles } from '../engine/adapter.ts'
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
      .openapi({ description: 'Machine → region → state → number of instances.' }),
    skipped_edges: z.record(z.string(), counts).openapi({
      description:
        'Machine → region → number of transitions, ever, along no declared edge. A rising number means that events are missed.',
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
        .openapi({ description: 'When each webhook endpoint and the reconciler last received an event.' }),
    }),
    effects: z.object({
      pending: z.int(),
      parked: z.int(),
      oldest_due_at: time.nullable().openapi({
        description: 'Due time of the longest waiting effect. A time in the past is the backlog.',
      }),
    }),
    reconciler: z.object({
      last_run: z
        .object({
          started_at: time,
          ended_at: time,
          stripe_calls: z.int(),
          ended_by: z.string().nullable().openapi({
            description: 'Why it ended before all due work was done. Null: all was done.',
          }),
        })
        .nullable(),
      platform_read_to: time
        .nullable()
        .openapi({ description: 'The platform’s own event list was read up to this time of Stripe’s.' }),
      oldest_events_due_at: time.nullable().openapi({
        description:
          'Due time of the account whose event list waits longest to be read. A time in the past is the backlog.',
      }),
      oldest_check_due_at: time.nullable().openapi({
        description:
          'Due time of the instance that waits longest to be checked at Stripe. A time in the past is the backlog.',
      }),
      events_recovered: z
        .int()
        .openapi({ description: 'Events, ever, that the reconciler found and no webhook delivered.' }),
      drift_found: z.int().openapi({ description: 'Checks, ever, that found a change no event reported.' }),
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

export function overviewFrom(
  { machines, lifecycleOf }: Lifecycles,
  [tallies, oldestFailed, lastSeen, effects, run, platformStream, eventsDueAt, checkDueAt]: Results<
    ReturnType<typeof overviewStatements>
  >,
): Overview {
  const tally = new Map(tallies.map(({ name, key, count }) => [`${name}/${key}`, count]))
  const count = (name: string, key: string) => tally.get(`${name}/${key}`) ?? 0
  const skipped = (name: string) =>
    tallies.reduce((sum, row) => (row.name === name ? sum + row.skipped : sum), 0)
  const lastRun = ReconcilerRun.safeParse(run)
  return {
    instances: Object.fromEntries(
      machines.map((machine) => [
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
      machines.map((machine) => [
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
      oldest_unprocessed: oldestFailed
        ? {
            id: oldestFailed.id,
            type: oldestFailed.type,
            account: oldestFailed.account,
            received_at: toTime(oldestFailed.received_at),
          }
        : null,
      last_seen: {
        connect: timeOrNull(lastSeen.connect),
        platform: timeOrNull(lastSeen.platform),
        reconciler: timeOrNull(lastSeen.reconciler),
      },
    },
    effects: {
      pending: effects.pending,
      parked: effects.parked,
      oldest_due_at: timeOrNull(effects.oldest_due_at),
    },
    reconciler: {
      last_run: lastRun.success
        ? {
            ...lastRun.data,
            started_at: toTime(lastRun.data.started_at),
            ended_at: toTime(lastRun.data.ended_at),
          }
        : null,
      platform_read_to: platformStream ? toTime(platformStream.position * 1000) : null,
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
