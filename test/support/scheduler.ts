/**
 * One thread of time for everything that runs in a test. Whatever leaves a process waits here for its turn and whatever
 * sleeps for its time, and whose turn it is is drawn from a seed: many things go on at once, and yet one seed is one
 * course of events, to the byte. A process can die at any of these places, and then nothing it was about happens any more.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Stage {
  now: () => number
  /** From 0 to below 1. */
  random: () => number
  /** A process: what it does outside goes through its own door. */
  live: () => Life
  /** Runs it, and whatever else wants to go on meanwhile, until it is done. */
  run: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs all that was begun until it is done, or waits for a later time than this from now. */
  drain: (ms: number) => Promise<void>
  advance: (ms: number) => void
  /** Gives back what was taken from the process that runs the tests. */
  close: () => void
}

export interface Life {
  /** How often something left. */
  left: () => number
  sleep: (ms: number) => Promise<void>
  /** Waits for its turn, and then does it. `what` tells it from all else that waits. */
  leave: <T>(what: string, act: () => Promise<T>) => Promise<T>
  /** All that it has begun stops where it is; what is done after that does nothing. */
  die: () => void
  /** What whoever waits for it gets, once it is dead: a connection that ended. */
  orDie: <T>(work: Promise<T>) => Promise<T>
}

/** Who waits this long waits for something to be late, which nothing is here. */
const NEVER_MS = 20_000
/** Turns of the event loop in which nothing was begun: then everybody waits. */
const QUIET_TURNS = 4
const START = Date.UTC(2026, 10, 23, 9)

interface Waiting {
  life: Life
  what: string
  act: () => Promise<void>
}

interface Sleeping {
  life: Life | null
  at: number
  order: number
  wake: () => void
}

export function openStage(seed: number): Stage {
  const generator = xoroshiro128plus(seed)
  const random = () => (generator.next() >>> 0) / 2 ** 32
  const waiting: Waiting[] = []
  const sleeping: Sleeping[] = []
  const dead = new Set<Life>()
  let [now, order, activity, computing] = [START, 0, 0, 0]

  const sleep = (life: Life | null, ms: number, wake: () => void) => {
    activity += 1
    order += 1
    sleeping.push({ life, at: now + ms, order, wake })
  }

  function live(): Life {
    let left = 0
    let end: (error: Error) => void = () => {}
    const ended = new Promise<never>((_, reject) => (end = reject))
    ended.catch(() => {})
    const life: Life = {
      left: () => left,
      sleep: (ms) =>
        new Promise((resolve) => {
          if (ms < NEVER_MS && !dead.has(life)) sleep(life, ms, resolve)
        }),
      leave: (what, act) =>
        new Promise((resolve, reject) => {
          activity += 1
          if (dead.has(life)) return
          left += 1
          const settle = async () => {
            const ending = await act().then(
              (value) => () => resolve(value),
              (error: unknown) => () => reject(error),
            )
            if (!dead.has(life)) ending()
          }
          waiting.push({ life, what, act: settle })
        }),
      die() {
        dead.add(life)
        for (const list of [waiting, sleeping] as { life: Life | null }[][])
          list.splice(0, list.length, ...list.filter((one) => one.life !== life))
        end(new TypeError('the connection ended: the process is dead'))
      },
      orDie: (work) => Promise.race([work, ended]),
    }
    return life
  }

  async function quiet(): Promise<void> {
    for (let calm = 0; calm < QUIET_TURNS;) {
      const before = activity
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve))
      calm = computing > 0 || activity !== before ? 0 : calm + 1
    }
  }

  function nextSleeper(): Sleeping | undefined {
    return sleeping.reduce<Sleeping | undefined>(
      (first, one) =>
        !first || one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first,
      undefined,
    )
  }

  /** Lets one thing happen. False: nothing can before `until`. */
  async function once(until: number): Promise<boolean> {
    // Who came first may depend on what was computed elsewhere; who is there does not.
    waiting.sort((a, b) => (a.what < b.what ? -1 : 1))
    const [turn] = waiting.splice(Math.floor(random() * waiting.length), 1)
    if (turn) {
      // No call takes no time.
      now += 1 + Math.floor(random() * 40)
      await turn.act()
      return true
    }
    const sleeper = nextSleeper()
    if (!sleeper || sleeper.at > until) return false
    sleeping.splice(sleeping.indexOf(sleeper), 1)
    now = Math.max(now, sleeper.at)
    sleeper.wake()
    return true
  }

  // What is computed elsewhere ends when it ends; nobody's turn comes before that.
  const { subtle } = crypto
  const given = { setTimeout: globalThis.setTimeout }
  const counted = ['digest', 'sign', 'verify', 'importKey'] as const
  for (const name of counted) {
    const original = (subtle[name] as (...args: unknown[]) => Promise<unknown>).bind(subtle)
    const call = async (...args: unknown[]) => {
      computing += 1
      try {
        return await original(...args)
      } finally {
        computing -= 1
        activity += 1
      }
    }
    Object.defineProperty(subtle, name, { value: call, configurable: true, writable: true })
  }
  Object.defineProperty(crypto, 'getRandomValues', {
    configurable: true,
    writable: true,
    value: (array: Uint8Array) => array.map((_, index, all) => (all[index] = Math.floor(random() * 256))),
  })
  // stripe-node waits before it tries again, and cannot be given a clock: its wait is the one that carries arguments.
  globalThis.setTimeout = ((act: (...args: unknown[]) => void, ms: number, ...args: unknown[]) => {
    if (args.length < 3) return given.setTimeout(act, ms, ...args)
    sleep(null, ms, () => act(...args))
    return undefined
  }) as typeof setTimeout

  return {
    now: () => Math.floor(now),
    random,
    live,
    async run(work) {
      let isDone = false
      const running = work().finally(() => {
        isDone = true
        activity += 1
      })
      running.catch(() => {})
      for (;;) {
        // oxlint-disable no-await-in-loop
        await quiet()
        if (isDone) return running
        if (!(await once(Infinity))) throw new Error('everything stands still')
        // oxlint-enable no-await-in-loop
      }
    },
    async drain(ms) {
      const until = now + ms
      for (;;) {
        // oxlint-disable no-await-in-loop
        await quiet()
        if (!(await once(until))) return
        // oxlint-enable no-await-in-loop
      }
    },
    advance: (ms) => void (now += ms),
    close() {
      for (const name of counted) Reflect.deleteProperty(subtle, name)
      Reflect.deleteProperty(crypto, 'getRandomValues')
      globalThis.setTimeout = given.setTimeout
    },
  }
}
