/** Headers of Stripe's answer. stripe-node types them as a record, but its fetch client passes on fetch's `Headers`. */
export type StripeHeaders = Record<string, string> | Headers

export function headerOf(headers: StripeHeaders, name: string): string | null {
  return headers instanceof Headers ? headers.get(name) : (headers[name] ?? null)
}

/**
 * Whether Stripe executed nothing and replayed the answer stored under the idempotency key. It marks a replay, and names the
 * original request; a first answer names its own. Stripe promises neither header, so their absence proves nothing.
 */
export function isReplay(headers: StripeHeaders): boolean {
  const original = headerOf(headers, 'original-request')
  return (
    headerOf(headers, 'idempotent-replayed') === 'true' ||
    (original !== null && original !== headerOf(headers, 'request-id'))
  )
}
