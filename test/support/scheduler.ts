/**
 * A deterministic scheduler of simulated processes. Every call that leaves a process waits here, and so does every sleep. A
 * seeded generator picks which one continues, so that many processes interleave and one seed always gives the same run, to
 * the byte. A process can crash at any call; none of its later work has an effect.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Scheduler {
  now: () => number
  /** From 0 to below 1. */
  random: () => number
  startProcess: () => SimulatedProcess
  /** Runs the work to its end, interleaved with all other pending work. */
  run: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs all pending work, except work that sleeps longer than `ms` from now. */
  drain: (ms: number) => Promise<void>
  advance: (ms: number) => void
  /** Restores the globals of the test process. */
  close: () => void
}

export interface SimulatedProcess {
  sleep: (ms: number) => Promise<void>
  /** Makes a call outside, when the scheduler picks it. `name` gives pending calls a stable order. */
  send: <T>(name: string, call: () => Promise<T>) => Promise<T>
  /** Stops all work of the process where it is. */
  crash: () => void
  /** Rejects as a closed connection does if the process crashes first. */
  untilCrash: <T>(work: Promise<T>) => Promise<T>
}

/** A sleep this long is a timeout, and no simulated call is ever late. */
const NEVER_MS = 20_000
/** After this many turns of the event loop without new work, every process waits for the scheduler. */
const QUIET_TURNS = 4
const START = Date.UTC(2026, 10, 23, 9)

interface PendingCall {
  process: SimulatedProcess
  name: string
  run: () => Promise<void>
}

interface Sleeper {
  process: SimulatedProcess | null
  at: number
  order: number
  wake: () => void
}

export function openScheduler(seed: number): Scheduler {
  const generator = xoroshiro128plus(seed)
  const random = () => (generator.next() >>> 0) / 2 ** 32
  const pending: PendingCall[] = []
  const sleeping: Sleeper[] = []
  const crashed = new Set<SimulatedProcess>()
  let [now, order, activity, computing] = [START, 0, 0, 0]

  const sleep = (process: SimulatedProcess | null, ms: number, wake: () => void) => {
    activity += 1
    order += 1
    sleeping.push({ process, at: now + ms, order, wake })
  }

  function startProcess(): SimulatedProcess {
    let end: (error: Error) => void = () => {}
    const ended = new Promise<never>((_, reject) => (end = reject))
    ended.catch(() => {})
    const process: SimulatedProcess = {
      sleep: (ms) =>
        new Promise((resolve) => {
          if (ms < NEVER_MS && !crashed.has(process)) sleep(process, ms, resolve)
        }),
      send: (name, call) =>
        new Promise((resolve, reject) => {
          activity += 1
          if (crashed.has(process)) return
          const run = async () => {
            const settle = await call().then(
              (value) => () => resolve(value),
              (error: unknown) => () => reject(error),
            )
            if (!crashed.has(process)) settle()
          }
          pending.push({ process, name, run })
        }),
      crash() {
        crashed.add(process)
        for (const list of [pending, sleeping] as { process: SimulatedProcess | null }[][])
          list.splice(0, list.length, ...list.filter((item) => item.process !== process))
        end(new TypeError('the connection ended: the process crashed'))
      },
      untilCrash: (work) => Promise.race([work, ended]),
    }
    return process
  }

  /** Resolves once no process computes any more. */
  async function quiet(): Promise<void> {
    for (let calm = 0; calm < QUIET_TURNS;) {
      const before = activity
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve))
      calm = computing > 0 || activity !== before ? 0 : calm + 1
    }
  }

  function nextSleeper(): Sleeper | undefined {
    return sleeping.reduce<Sleeper | undefined>(
      (first, one) =>
        !first || one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first,
      undefined,
    )
  }

  /** Runs one pending call, or wakes one sleeper. False: there is none before `until`. */
  async function once(until: number): Promise<boolean> {
    // The order of arrival may vary with native crypto's threads. Sorted by name, it does not.
    pending.sort((a, b) => (a.name < b.name ? -1 : 1))
    const [next] = pending.splice(Math.floor(random() * pending.length), 1)
    if (next) {
      // Every call takes some time.
      now += 1 + Math.floor(random() * 40)
      await next.run()
      return true
    }
    const sleeper = nextSleeper()
    if (!sleeper || sleeper.at > until) return false
    sleeping.splice(sleeping.indexOf(sleeper), 1)
    now = Math.max(now, sleeper.at)
    sleeper.wake()
    return true
  }

  // Native crypto runs on other threads. The scheduler picks no call before it has ended.
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
  // stripe-node takes no clock for its retry delay. Its call of setTimeout is the only one that passes arguments.
  globalThis.setTimeout = ((act: (...args: unknown[]) => void, ms: number, ...args: unknown[]) => {
    if (args.length < 3) return given.setTimeout(act, ms, ...args)
    sleep(null, ms, () => act(...args))
    return undefined
  }) as typeof setTimeout

  return {
    now: () => Math.floor(now),
    random,
    startProcess,
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
        if (!(await once(Infinity))) throw new Error('deadlock: the work waits, and nothing is pending')
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
