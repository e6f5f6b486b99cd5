/** The overview as OpenMetrics text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
import type { Overview } from './overview.ts'

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

type Sample = [labels: Record<string, string>, value: number]

export function openMetrics({ instances, skipped_edges, events, effects, reconciler }: Overview): string {
  const families = [
    gauge('gatehouse_instances', 'Instances by the state of each region.', statesOf(instances)),
    counter(
      'gatehouse_skipped_edges',
      'Moves along none of the edges that a region declares.',
      Object.entries(skipped_edges).flatMap(([machine, regions]) =>
        Object.entries(regions).map(([region, count]): Sample => [{ machine, region }, count]),
      ),
    ),
    gauge(
      'gatehouse_events',
      'Events received, by what became of them.',
      Object.entries(events.by_outcome).map(([outcome, count]): Sample => [{ outcome }, count]),
    ),
    timestamp('gatehouse_event_oldest_unprocessed', 'Received: the oldest event that could not be applied.', [
      [{}, events.oldest_unprocessed?.received_at ?? null],
    ]),
    timestamp(
      'gatehouse_event_last_seen',
      'When each source last brought an event.',
      Object.entries(events.last_seen).map(([source, at]) => [{ source }, at]),
    ),
    gauge('gatehouse_effects', 'Effects that are not done.', [
      [{ state: 'pending' }, effects.pending],
      [{ state: 'parked' }, effects.parked],
    ]),
    timestamp('gatehouse_effect_oldest_due', 'When the effect that waits longest is due.', [
      [{}, effects.oldest_due_at],
    ]),
    timestamp('gatehouse_reconciler_last_run', 'When the reconciler last ended a run.', [
      [{}, reconciler.last_run?.ended_at ?? null],
    ]),
    gauge('gatehouse_reconciler_last_run_stripe_calls', 'How often that run asked Stripe.', [
      [{}, reconciler.last_run?.stripe_calls ?? 0],
    ]),
    timestamp('gatehouse_reconciler_platform_read_to', 'Up to when the platform’s events were read back.', [
      [{}, reconciler.platform_read_to],
    ]),
    timestamp('gatehouse_reconciler_oldest_events_due', 'When the longest waiting list of events was due.', [
      [{}, reconciler.oldest_events_due_at],
    ]),
    timestamp('gatehouse_reconciler_oldest_check_due', 'When the longest waiting look was due.', [
      [{}, reconciler.oldest_check_due_at],
    ]),
    counter('gatehouse_reconciler_events_recovered', 'Events that no endpoint had brought.', [
      [{}, reconciler.events_recovered],
    ]),
    counter('gatehouse_reconciler_drift_found', 'Looks that found what nothing had told of.', [
      [{}, reconciler.drift_found],
    ]),
  ]
  return [...families.flat(), '# EOF', ''].join('\n')
}

function statesOf(instances: Overview['instances']): Sample[] {
  return Object.entries(instances).flatMap(([machine, regions]) =>
    Object.entries(regions).flatMap(([region, states]) =>
      Object.entries(states).map(([state, count]): Sample => [{ machine, region, state }, count]),
    ),
  )
}

function gauge(name: string, help: string, samples: readonly Sample[]): string[] {
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, ...samples.map((sample) => line(name, sample))]
}

function counter(name: string, help: string, samples: readonly Sample[]): string[] {
  const lines = samples.map((sample) => line(`${name}_total`, sample))
  return [`# TYPE ${name} counter`, `# HELP ${name} ${help}`, ...lines]
}

/** What never happened has no time, and no sample. */
function timestamp(
  name: string,
  help: string,
  samples: readonly [Record<string, string>, string | null][],
): string[] {
  const known = samples.flatMap(([labels, at]): Sample[] =>
    at === null ? [] : [[labels, Date.parse(at) / 1000]],
  )
  const full = `${name}_timestamp_seconds`
  return [
    `# TYPE ${full} gauge`,
    `# UNIT ${full} seconds`,
    `# HELP ${full} ${help}`,
    ...known.map((sample) => line(full, sample)),
  ]
}

/** Labels are words of ours: none needs escaping. */
function line(name: string, [labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`
}
