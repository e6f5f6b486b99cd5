/** The picture in words, for readers who cannot see it. */
import type { RegionStates } from '../gates.ts'
import type { Chart, ChartRegion, ChartState } from './chart.ts'
import { escape } from './shapes.ts'

export function describeChart(
  { machine, regions }: Chart,
  value: RegionStates | undefined,
): [title: string, description: string] {
  const title = value ? `The states of one ${machine}` : `The ${machine} statechart`
  const described = regions.map((region) => {
    const now = value?.[region.name]
    return `${region.name}${now === undefined ? '' : ` (now ${now})`}: ${region.states.map((state) => describeState(region, state)).join('; ')}.`
  })
  return [escape(title), escape(described.join(' '))]
}

function describeState({ edges }: ChartRegion, { name, closures }: ChartState): string {
  const next = edges.filter(({ from }) => from === name).map(({ to }) => to)
  const closed = closures.map(
    ({ code, gates, always }) => `${always ? 'closes' : 'may close'} ${gates.join(', ')} (${code})`,
  )
  return [name, ...closed, ...(next.length > 0 ? [`leads to ${next.join(', ')}`] : ['leads nowhere'])].join(
    ', ',
  )
}
