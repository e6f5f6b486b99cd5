/** The overview as OpenMetrics text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
import type { Overview } from './overview.ts'

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

type Sample = [labels: Record<string, string>, value: number]

export function openMetrics({ instances, skipped_edges, events, effects, reconciler }: Overview): string {
  const families = [
    gauge('gatehouse_instances', 'Instances by the state of each region.', statesOf(instances)),
    counter(
      'gatehouse_skipped_edges',
      'Transitions along no declared edge of the region.',
      Object.entries(skipped_edges).flatMap(([machine, regions]) =>
        Object.entries(regions).map(([region, count]): Sample => [{ machine, region }, count]),
      ),
    ),
    gauge(
      'gatehouse_events',
      'Events received, by outcome.',
      Object.entries(events.by_outcome).map(([outcome, count]): Sample => [{ outcome }, count]),
    ),
    timestamp(
      'gatehouse_event_oldest_unprocessed',
      'Receipt of the oldest event that could not be applied.',
      [[{}, events.oldest_unprocessed?.received_at ?? null]],
    ),
    timestamp(
      'gatehouse_event_last_seen',
      'Receipt of the last event from each source.',
      Object.entries(events.last_seen).map(([source, at]) => [{ source }, at]),
    ),
    gauge('gatehouse_effects', 'Effects that are not done.', [
      [{ state: 'pending' }, effects.pending],
      [{ state: 'parked' }, effects.parked],
    ]),
    timestamp('gatehouse_effect_oldest_due', 'Due time of the longest waiting effect.', [
      [{}, effects.oldest_due_at],
    ]),
    timestamp('gatehouse_reconciler_last_run', 'End of the reconciler’s last run.', [
      [{}, reconciler.last_run?.ended_at ?? null],
    ]),
    gauge('gatehouse_reconciler_last_run_stripe_calls', 'Calls to Stripe in that run.', [
      [{}, reconciler.last_run?.stripe_calls ?? 0],
    ]),
    timestamp(
      'gatehouse_reconciler_platform_read_to',
      'The platform’s event list was read up to this time.',
      [[{}, reconciler.platform_read_to]],
    ),
    timestamp('gatehouse_reconciler_oldest_events_due', 'Due time of the longest waiting event list.', [
      [{}, reconciler.oldest_events_due_at],
    ]),
    timestamp(
      'gatehouse_reconciler_oldest_check_due',
      'Due time of the longest waiting check of an instance.',
      [[{}, reconciler.oldest_check_due_at]],
    ),
    counter(
      'gatehouse_reconciler_events_recovered',
      'Events that the reconciler found and no webhook delivered.',
      [[{}, reconciler.events_recovered]],
    ),
    counter('gatehouse_reconciler_drift_found', 'Checks that found a change no event reported.', [
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

/** A null time has no sample. */
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

/** Label values are names from this code base, so none needs escaping. */
function line(name: string, [labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`
}
