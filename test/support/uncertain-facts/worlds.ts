/** Combines switch values into few worlds. Each value is in some world, with the other values that it needs to show. */
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_SWITCHES, SWITCH_NAMES, SWITCH_VALUES, type Switches } from 'stripe-connect-simulator'
import { READ_OFF } from './read-off.ts'

type Some = Partial<Switches>

/** Every value of every switch; the first world has the defaults. */
export function fewWorlds(): Switches[] {
  const worlds: Some[] = [{}]
  for (const wish of wishes()) {
    const world = worlds.find((one) => agree(one, wish)) ?? {}
    if (!worlds.includes(world)) worlds.push(world)
    Object.assign(world, wish)
  }
  return worlds.map(complete)
}

/** One world for each value, so that a difference has one cause. */
export function everyWorld(): Switches[] {
  const all = wishes().map(complete)
  return all.filter((one, index) => index === all.findIndex((other) => isDeepStrictEqual(one, other)))
}

/** Whether the switch shows in that world. */
export function isSeen(name: keyof Switches, switches: Switches): boolean {
  return agree(switches, READ_OFF[name].where ?? {})
}

function wishes(): Some[] {
  return SWITCH_NAMES.flatMap((name) =>
    SWITCH_VALUES[name].map((value) => ({ ...READ_OFF[name].where, [name]: value })),
  )
}

function agree(one: Some, other: Some): boolean {
  return SWITCH_NAMES.every(
    (name) => !(name in one && name in other) || isDeepStrictEqual(one[name], other[name]),
  )
}

function complete(some: Some): Switches {
  return { ...DEFAULT_SWITCHES, ...some }
}
