/** Every lifecycle by its machine's name. A new one is registered here. */
import type { AnyStateMachine } from 'xstate'
import { account } from './account/account.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { ObservedContext } from './observation.ts'
import { payment } from './payment/payment.ts'
import { payout } from './payout/payout.ts'
import type { Facts } from './watermark.ts'

export const lifecycles = { account, payment, payout } as const

export type MachineName = keyof typeof lifecycles
export const MACHINES = Object.keys(lifecycles) as MachineName[]

type Begin<M extends MachineName> = Parameters<(typeof lifecycles)[M]['begin']>

export type InputOf<M extends MachineName> = Begin<M>[0]
export type EventOf<M extends MachineName> = Begin<M>[1]
export type LiveOf<M extends MachineName> = ReturnType<(typeof lifecycles)[M]['read']>

/** Any lifecycle, for code that treats all machines alike. */
export type AnyLifecycle = Lifecycle<AnyStateMachine, ObservedContext<Facts>>

export function lifecycleOf(machine: MachineName): AnyLifecycle {
  return lifecycles[machine]
}
