/** Accounts that the platform created at Stripe without Gatehouse. Gatehouse adopts them when their webhooks arrive. */
import { STRIPE_URL, type Gatehouse } from './gatehouse.ts'

export const FULL_DASHBOARD = { 'controller[stripe_dashboard][type]': 'full' }

/** Creates an account with these controller properties, enables it and delivers its webhooks. */
export async function adoptedAccount(
  { simulator, sim, settle, config }: Gatehouse,
  controller: Record<string, string> = FULL_DASHBOARD,
): Promise<string> {
  const created = await simulator.fetch(
    new Request(`${STRIPE_URL}/v1/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${config.stripe.secretKey}` },
      body: new URLSearchParams({
        ...controller,
        'capabilities[card_payments][requested]': 'true',
        'capabilities[transfers][requested]': 'true',
      }),
    }),
  )
  const { id } = (await created.json()) as { id: string }
  await sim('POST', `/_sim/accounts/${id}/onboard`, { outcome: 'enabled' })
  await settle()
  return id
}
