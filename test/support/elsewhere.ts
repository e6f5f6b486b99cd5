/** Objects that an account's holder, or another platform, makes at Stripe without Gatehouse. */
import { STRIPE_URL, type Gatehouse } from './gatehouse.ts'

export async function madeElsewhere(
  { simulator }: Pick<Gatehouse, 'simulator'>,
  account: string,
  made: { what: 'payment_intents' | 'payouts'; params: Record<string, string> },
): Promise<{ id: string; object: string }> {
  const answer = await simulator.fetch(
    new Request(`${STRIPE_URL}/v1/${made.what}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account },
      body: new URLSearchParams(made.params),
    }),
  )
  return (await answer.json()) as { id: string; object: string }
}

/** Metadata as form fields. */
export function asMetadata(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`metadata[${name}]`, value]))
}
