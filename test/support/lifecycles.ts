/** The lifecycles with their exact types, for tests that build events and inputs of one machine. */
import { account } from '../../machines/account/account.ts'
import type { AnyLifecycle } from '../../machines/lifecycle.ts'
import { payment } from '../../machines/payment/payment.ts'
import { payout } from '../../machines/payout/payout.ts'

export const lifecycles = { account, payment, payout } as const

export type MachineName = keyof typeof lifecycles
export const MACHINES = Object.keys(lifecycles) as MachineName[]

type Begin<M extends MachineName> = Parameters<(typeof lifecycles)[M]['begin']>

export type InputOf<M extends MachineName> = Begin<M>[0]
export type EventOf<M extends MachineName> = Begin<M>[1]
export type LiveOf<M extends MachineName> = ReturnType<(typeof lifecycles)[M]['read']>

export function lifecycleOf(machine: MachineName): AnyLifecycle {
  return lifecycles[machine]
}
