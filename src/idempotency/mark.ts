/**
 * The mark a request leaves on what it makes at Stripe, in the object's metadata: which request made it, and the
 * request's fingerprint. It finds the object again when the answer was lost.
 */
import { keyReused } from '../http/failures.ts'
import type { RequestIdentity } from './request.ts'

type Metadata = Readonly<Record<string, string | undefined>> | null | undefined

/** The request's name at Stripe: unique per client and key. */
export function requestName({ client, key }: Pick<RequestIdentity, 'client' | 'key'>): string {
  return `${client}:${key}`
}

export function markOf(request: RequestIdentity): {
  gatehouse_request: string
  gatehouse_fingerprint: string
} {
  return { gatehouse_request: requestName(request), gatehouse_fingerprint: request.fingerprint }
}

/** @throws Problem idempotency_key_reused, when the same key made it with another body */
export function isMadeBy(request: RequestIdentity, metadata: Metadata): boolean {
  if (metadata?.['gatehouse_request'] !== requestName(request)) return false
  if (metadata['gatehouse_fingerprint'] !== request.fingerprint) throw keyReused()
  return true
}

/** @throws Problem idempotency_key_reused, when the request's key made the object with another body */
export function requireSameBody(request: RequestIdentity, metadata: Metadata): void {
  isMadeBy(request, metadata)
}

/**
 * The external id of an instance: the request that made its object. The account's holder can write any metadata, so a
 * request name means nothing beyond its account, and is stored together with it.
 */
export function externalIdWithin(account: string, request: string): string {
  return `${account}:${request}`
}

/** The external id of what this request makes for the account. */
export function externalIdOf(account: string, request: Pick<RequestIdentity, 'client' | 'key'>): string {
  return externalIdWithin(account, requestName(request))
}

/** Null: no request of ours marked the object. */
export function externalIdIn(account: string, metadata: Metadata): string | null {
  const request = metadata?.['gatehouse_request']
  return request === undefined ? null : externalIdWithin(account, request)
}
