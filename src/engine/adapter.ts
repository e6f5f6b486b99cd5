/**
 * What the engine needs to know about a lifecycle. The engine names no lifecycle: `src/lifecycles.ts` registers one adapter
 * for each, and the engine handles accounts, payments and payouts through their adapters alone.
 */
import type { RegionStates } from '../../machines/gates.ts'
import type { AnyLifecycle } from '../../machines/lifecycle.ts'
import type { Gateway } from '../stripe/gateway.ts'
import type { StripeEventHandler } from './translate.ts'
import type { InstanceEvent } from './unit-of-work.ts'

export interface FetchDeps {
  stripe: Gateway
  now: () => number
}

/** The instance to fetch, as loaded before the call: the answer outranks everything stored by then. */
export interface FetchSubject {
  id: string
  account: string
  seq: number
  /** What the instance knows: some Stripe objects are only reached through another's id. */
  context: unknown
  /** The names of its suspect pieces (see `suspects`): the answer must cover them. */
  suspect: readonly string[]
  /** Also fetch informational data (an account's balance), at the cost of another call. */
  withDetails: boolean
  /** This fetch is the refresh the instance owes. */
  isOwed: boolean
}

export interface LifecycleAdapter {
  lifecycle: AnyLifecycle
  /** A handler for each Stripe event type. https://docs.stripe.com/api/events/types */
  events: Readonly<Record<string, StripeEventHandler>>
  /**
   * Fetches the instance's object from Stripe. The answer covers every suspect piece: what it leaves out stays as it was.
   * @throws what a Stripe call throws, unless the failure is itself an answer: no access, or no such object
   */
  fetch: (deps: FetchDeps, subject: FetchSubject) => Promise<InstanceEvent[]>
  /** For the owner: whether Stripe lets the platform act for it. Only then are the objects it owns fetched. */
  isReachable?: (value: RegionStates) => boolean
  /** Pages of objects the account made after `since` (our time, ms), newest first, as events that begin unknown instances. */
  listSince?: (stripe: Gateway, of: { account: string; since: number }) => AsyncIterable<InstanceEvent[]>
}

export interface Lifecycles {
  /** Machine names, the owner's first. */
  machines: readonly string[]
  /** The lifecycle that every other instance belongs to, by its `account`. */
  owner: LifecycleAdapter
  /** @throws when no lifecycle has this name */
  adapterOf: (machine: string) => LifecycleAdapter
  lifecycleOf: (machine: string) => AnyLifecycle
  /** How each lifecycle that handles the type reads it; empty: none does. */
  handlersOf: (eventType: string) => readonly StripeEventHandler[]
  eventTypes: readonly string[]
}

export function registerLifecycles(owner: LifecycleAdapter, ...owned: LifecycleAdapter[]): Lifecycles {
  const adapters = new Map([owner, ...owned].map((adapter) => [adapter.lifecycle.name, adapter]))
  const handlers = new Map<string, StripeEventHandler[]>()
  for (const { events } of adapters.values())
    for (const [type, handler] of Object.entries(events))
      handlers.set(type, [...(handlers.get(type) ?? []), handler])

  function adapterOf(machine: string): LifecycleAdapter {
    const adapter = adapters.get(machine)
    if (!adapter) throw new Error(`no lifecycle is called ${machine}`)
    return adapter
  }

  return {
    machines: [...adapters.keys()],
    owner,
    adapterOf,
    lifecycleOf: (machine) => adapterOf(machine).lifecycle,
    handlersOf: (eventType) => handlers.get(eventType) ?? [],
    eventTypes: [...handlers.keys()],
  }
}
