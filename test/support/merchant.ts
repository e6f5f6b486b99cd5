/** A connected account that may charge, and the calls for its payments. */
import type { Answer, Gatehouse } from './gatehouse.ts'

export interface Merchant {
  account: string
  pay: (body?: object, options?: { idempotencyKey?: string }) => Promise<Answer>
  /** Sends a command to a payment: `capture`, `cancel` or `refunds`. */
  command: (
    payment: string,
    name: string,
    body?: object,
    options?: { idempotencyKey?: string },
  ) => Promise<Answer>
  checkout: (body?: object, options?: { idempotencyKey?: string }) => Promise<Answer>
  read: (payment: string) => Promise<Answer>
  /** Its objects at Stripe, newest first. */
  atStripe: (what: 'payment_intents' | 'refunds' | 'checkout/sessions') => Promise<any[]>
}

export const CARD = { payment_method: 'pm_card_visa', confirm: true }

export const AN_ORDER = {
  line_items: [
    { price_data: { currency: 'usd', unit_amount: 1500, product_data: { name: 'Tea' } }, quantity: 2 },
  ],
  success_url: 'https://app.example.com/thanks?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://app.example.com/cart',
}

export async function anEnabledMerchant(
  { call, sim, settle, simulator }: Gatehouse,
  over: object = {},
): Promise<Merchant> {
  const created = await call('POST', '/v1/accounts', {
    body: { external_id: `shop-${crypto.randomUUID()}`, country: 'US', ...over },
  })
  const account: string = created.body['id']
  await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled' })
  await settle()
  const at = `/v1/accounts/${account}/payments`
  return {
    account,
    pay: (body = {}, options = {}) =>
      call('POST', at, { body: { amount: 1000, currency: 'usd', ...CARD, ...body }, ...options }),
    command: (payment, name, body = {}, options = {}) =>
      call('POST', `${at}/${payment}/${name}`, { body, ...options }),
    checkout: (body = {}, options = {}) =>
      call('POST', `/v1/accounts/${account}/checkout_sessions`, {
        body: { ...AN_ORDER, ...body },
        ...options,
      }),
    read: (payment) => call('GET', `${at}/${payment}`),
    async atStripe(what) {
      const all: any[] = []
      for (;;) {
        const after = all.length > 0 ? `&starting_after=${all.at(-1).id}` : ''
        // oxlint-disable-next-line no-await-in-loop
        const answer = await simulator.fetch(
          new Request(`http://stripe.test/v1/${what}?limit=100${after}`, {
            headers: { authorization: 'Bearer sk_test_gatehouse_tests', 'stripe-account': account },
          }),
        )
        // oxlint-disable-next-line no-await-in-loop
        const page = (await answer.json()) as { data: any[]; has_more: boolean }
        all.push(...page.data)
        if (!page.has_more) return all
      }
    },
  }
}
