import type { World } from './world.ts'
import { StripeRefusal } from './errors.ts'
import { failureBody } from './fault.ts'

/** The first answer under a key, replayed for as long as the key is kept. */
export interface KeyRecord {
  readonly fingerprint: string
  readonly path: string
  readonly createdMs: number
  readonly answer: Answer | null
}

export interface Answer {
  readonly status: number
  readonly body: object
  readonly requestId: string
}

/** An answer on its way out. */
export interface Sent extends Answer {
  readonly replayed: boolean
  /** The request that was executed, when a key ties others to it. */
  readonly original: string | null
}

export type Claim = { kind: 'first'; key: string } | { kind: 'replay'; answer: Answer }

const LONGEST = 255

/** Takes a key for a request about to execute, or finds the answer that it already has. */
export function claimKey(
  world: World,
  request: { scope: string; key: string; path: string; fingerprint: string },
): Claim {
  prune(world)
  if (request.key.length > LONGEST) throw tooLong(request.key.length)
  const key = `${world.switches.idempotency_scope === 'account' ? request.scope : ''} ${request.key}`
  const kept = world.keys.get(key)
  if (kept === undefined) {
    const { path, fingerprint } = request
    world.keys.set(key, { path, fingerprint, createdMs: world.clock.nowMs(), answer: null })
    return { kind: 'first', key }
  }
  if (kept.path !== request.path) throw reused(OTHER_ENDPOINT(request.key, kept.path, request.path))
  if (kept.fingerprint !== request.fingerprint) throw reused(OTHER_PARAMETERS(request.key))
  if (kept.answer === null) throw new StripeRefusal(409, failureBody(409), { began: false })
  return { kind: 'replay', answer: kept.answer }
}

export function keepAnswer(world: World, key: string, answer: Answer): void {
  const kept = world.keys.get(key)
  if (kept !== undefined) world.keys.set(key, { ...kept, answer })
}

/** Nothing was executed: the key may be used again, with any parameters. */
export function releaseKey(world: World, key: string): void {
  world.keys.delete(key)
}

/** Keys stand in the order they were first used, so the old ones are at the front. */
function prune({ keys, clock, switches }: World): void {
  const limit = clock.nowMs() - switches.idempotency_kept_s * 1000
  for (const [key, { createdMs }] of keys) {
    if (createdMs > limit) return
    keys.delete(key)
  }
}

function reused(message: string): StripeRefusal {
  return new StripeRefusal(400, { type: 'idempotency_error', message }, { began: false })
}

function tooLong(length: number): StripeRefusal {
  return reused(
    `Keys for idempotent requests can be at most ${LONGEST} characters long; yours has ${length} characters.`,
  )
}

const OTHER_PARAMETERS = (key: string) =>
  `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`

const OTHER_ENDPOINT = (key: string, first: string, now: string) =>
  `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${now}' vs '${first}'). Try using a key other than '${key}' if you meant to execute a different request.`
