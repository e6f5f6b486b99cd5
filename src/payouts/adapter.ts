/** Registers the payout lifecycle with the engine. */
import { payout } from '../../machines/payout/payout.ts'
import type { LifecycleAdapter } from '../engine/adapter.ts'
import { PAYOUT_EVENTS } from './events.ts'
import { fetchPayout, listPayoutsSince } from './fetch.ts'

export const payoutAdapter: LifecycleAdapter = {
  lifecycle: payout,
  events: PAYOUT_EVENTS,
  fetch: fetchPayout,
  listSince: listPayoutsSince,
}
