/** The account lifecycle as the engine sees it. */
import { account } from '../../machines/account/account.ts'
import type { LifecycleAdapter } from '../engine/adapter.ts'
import { ACCOUNT_EVENTS } from './events.ts'
import { fetchAccount } from './fetch.ts'

export const accountAdapter: LifecycleAdapter = {
  lifecycle: account,
  events: ACCOUNT_EVENTS,
  fetch: fetchAccount,
  isReachable: (value) => value['connection'] !== 'disconnected',
}
