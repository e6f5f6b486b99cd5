/** Webhooks that Stripe has not delivered yet: what happened at Stripe is unknown here. */
import type { Gatehouse } from './gatehouse.ts'

export async function holdWebhooks({ sim }: Pick<Gatehouse, 'sim'>): Promise<void> {
  await sim('POST', '/_sim/delivery', { hold: true })
}

/** Delivers what was held, and returns when it is handled. */
export async function releaseWebhooks({ sim, settle }: Pick<Gatehouse, 'sim' | 'settle'>): Promise<void> {
  await sim('POST', '/_sim/delivery', { hold: false })
  await sim('POST', '/_sim/deliver', {})
  await settle()
}
