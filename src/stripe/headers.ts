/** A header of Stripe's answer. stripe-node types them as a record; its fetch client hands over what fetch gave it. */
export type StripeHeaders = Record<string, string> | Headers

export function headerOf(headers: StripeHeaders, name: string): string | null {
  return headers instanceof Headers ? headers.get(name) : (headers[name] ?? null)
}

/**
 * Whether Stripe executed nothing and said again what it had stored under the idempotency key. It marks that, and names
 * the request whose answer it is; a first answer names itself. Neither mark is promised, so its absence proves nothing.
 */
export function isReplay(headers: StripeHeaders): boolean {
  const original = headerOf(headers, 'original-request')
  return (
    headerOf(headers, 'idempotent-replayed') === 'true' ||
    (original !== null && original !== headerOf(headers, 'request-id'))
  )
}
