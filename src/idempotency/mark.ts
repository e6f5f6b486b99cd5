/**
 * The mark that a request leaves in the metadata of the object it makes at Stripe: its name and its fingerprint. The mark
 * finds the object again when Stripe's answer was lost.
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

/** Whether this request made the object. @throws Problem idempotency_key_reused, when its key made it with another body */
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
 * The external id of an instance: its account and the request that made its object. The account's holder can write any
 * metadata, so a request name is valid only within its account.
 */
export function externalIdWithin(account: string, request: string): string {
  return `${account}:${request}`
}

/** The external id of the object that this request makes for the account. */
export function externalIdOf(account: string, request: Pick<RequestIdentity, 'client' | 'key'>): string {
  return externalIdWithin(account, requestName(request))
}

/** The external id of a marked object; null: no request marked it. */
export function externalIdIn(account: string, metadata: Metadata): string | null {
  const request = metadata?.['gatehouse_request']
  return request === undefined ? null : externalIdWithin(account, request)
}
