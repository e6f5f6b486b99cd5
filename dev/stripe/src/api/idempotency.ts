import { StripeRefusal, defaultErrorBody } from '../core/errors.ts'
import type { Answer } from '../core/records.ts'
import type { World } from '../core/world.ts'

type Claim = { kind: 'first'; key: string } | { kind: 'replay'; answer: Answer }

const MAX_LENGTH = 255

/** Locks a key for a request, or finds the answer that the key already has. */
export function claimKey(
  world: World,
  request: { scope: string; key: string; path: string; fingerprint: string },
): Claim {
  prune(world)
  if (request.key.length > MAX_LENGTH) throw tooLong(request.key.length)
  const key = `${world.switches.idempotency_scope === 'account' ? request.scope : ''} ${request.key}`
  const kept = world.idempotencyKeys.get(key)
  if (kept === undefined) {
    const { path, fingerprint } = request
    world.idempotencyKeys.set(key, { path, fingerprint, createdMs: world.clock.nowMs(), answer: null })
    return { kind: 'first', key }
  }
  if (kept.path !== request.path) throw reused(OTHER_ENDPOINT(request.key, kept.path, request.path))
  if (kept.fingerprint !== request.fingerprint) throw reused(OTHER_PARAMETERS(request.key))
  if (kept.answer === null) throw new StripeRefusal(409, defaultErrorBody(409), { began: false })
  return { kind: 'replay', answer: kept.answer }
}

export function keepAnswer(world: World, key: string, answer: Answer): void {
  const kept = world.idempotencyKeys.get(key)
  if (kept !== undefined) world.idempotencyKeys.set(key, { ...kept, answer })
}

/** Unlocks the key of a request that executed nothing. It may be used again with any parameters. */
export function releaseKey(world: World, key: string): void {
  world.idempotencyKeys.delete(key)
}

/** The map keeps the order of first use, so the oldest keys come first. */
function prune({ idempotencyKeys: keys, clock, switches }: World): void {
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
    `Keys for idempotent requests can be at most ${MAX_LENGTH} characters long; yours has ${length} characters.`,
  )
}

const OTHER_PARAMETERS = (key: string) =>
  `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`

const OTHER_ENDPOINT = (key: string, first: string, now: string) =>
  `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${now}' vs '${first}'). Try using a key other than '${key}' if you meant to execute a different request.`
