/** A header of Stripe's answer. stripe-node types them as a record; its fetch client hands over what fetch gave it. */
export type StripeHeaders = Record<string, string> | Headers

export function headerOf(headers: StripeHeaders, name: string): string | null {
  return headers instanceof Headers ? headers.get(name) : (headers[name] ?? null)
}
