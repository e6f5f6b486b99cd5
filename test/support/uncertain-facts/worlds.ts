/** As few worlds as will do for every switch to stand every way in one of them, with what it takes to be seen. */
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_SWITCHES, SWITCH_NAMES, SWITCH_VALUES, type Switches } from 'stripe-connect-simulator'
import { READ_OFF } from './read-off.ts'

type Some = Partial<Switches>

/** Every switch every way; the first world has the defaults. */
export function fewWorlds(): Switches[] {
  const worlds: Some[] = [{}]
  for (const wish of wishes()) {
    const world = worlds.find((one) => agree(one, wish)) ?? {}
    if (!worlds.includes(world)) worlds.push(world)
    Object.assign(world, wish)
  }
  return worlds.map(complete)
}

/** The same, one at a time: what a difference is the work of. */
export function everyWorld(): Switches[] {
  const all = wishes().map(complete)
  return all.filter((one, index) => index === all.findIndex((other) => isDeepStrictEqual(one, other)))
}

/** Whether what a switch does can be seen in that world. */
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
