/** Calls to Stripe that Gatehouse does not make: by the holder of a connected account, or by another platform. */
import { STRIPE_URL, type Gatehouse } from './gatehouse.ts'

/** `call`: method and path, like `POST /v1/refunds`. */
export async function callStripe(
  { simulator }: Pick<Gatehouse, 'simulator'>,
  account: string,
  { call, params }: { call: string; params?: Record<string, string> },
): Promise<any> {
  const [method = '', path = ''] = call.split(' ')
  const answer = await simulator.fetch(
    new Request(`${STRIPE_URL}${path}`, {
      method,
      headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account },
      ...(params && { body: new URLSearchParams(params) }),
    }),
  )
  return answer.json()
}

export function madeElsewhere(
  gatehouse: Pick<Gatehouse, 'simulator'>,
  account: string,
  { what, params }: { what: 'payment_intents' | 'payouts'; params: Record<string, string> },
): Promise<{ id: string; object: string }> {
  return callStripe(gatehouse, account, { call: `POST /v1/${what}`, params })
}

/** Metadata as form parameters. */
export function asMetadata(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`metadata[${name}]`, value]))
}
