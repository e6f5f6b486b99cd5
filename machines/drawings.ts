/** The picture of every statechart, and of a single instance in it, from the layouts that `npm run draw` committed. */
import accountLayout from './account/layout.json' with { type: 'json' }
import { chartOf } from './drawing/chart.ts'
import { drawStatechart, type InstanceStates } from './drawing/draw.ts'
import { Layout } from './drawing/layout.ts'
import { lifecycleOf, type MachineName } from './lifecycles.ts'
import paymentLayout from './payment/layout.json' with { type: 'json' }
import payoutLayout from './payout/layout.json' with { type: 'json' }

const LAYOUTS: Record<MachineName, unknown> = {
  account: accountLayout,
  payment: paymentLayout,
  payout: payoutLayout,
}

export function layoutOf(machine: MachineName): Layout {
  return Layout.parse(LAYOUTS[machine])
}

export function drawingOf(machine: MachineName, instance?: InstanceStates): string {
  return drawStatechart(chartOf(lifecycleOf(machine)), layoutOf(machine), instance)
}
