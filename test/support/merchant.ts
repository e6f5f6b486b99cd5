/** A connected account that may charge, and calls to the API about its payments. */
import { callStripe } from './elsewhere.ts'
import type { Answer, Gatehouse } from './gatehouse.ts'

export interface Merchant {
  account: string
  pay: (body?: object, options?: { idempotencyKey?: string }) => Promise<Answer>
  /** `name`: `capture`, `cancel` or `refunds`. */
  command: (
    payment: string,
    name: string,
    body?: object,
    options?: { idempotencyKey?: string },
  ) => Promise<Answer>
  checkout: (body?: object, options?: { idempotencyKey?: string }) => Promise<Answer>
  read: (payment: string) => Promise<Answer>
  /** Stripe's list, newest first. */
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

export async function anEnabledMerchant(gatehouse: Gatehouse, over: object = {}): Promise<Merchant> {
  const { call, sim, settle } = gatehouse
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
        const page = await callStripe(gatehouse, account, { call: `GET /v1/${what}?limit=100${after}` })
        all.push(...page.data)
        if (!page.has_more) return all
      }
    },
  }
}
