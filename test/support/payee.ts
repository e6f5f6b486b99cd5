/** A connected account with money to pay out, and calls to the API about its payouts. */
import type { Answer, Gatehouse } from './gatehouse.ts'
import { callStripe } from './elsewhere.ts'
import { anAccountEvent, signedWebhook } from './webhooks.ts'

export interface Payee {
  account: string
  payOut: (body?: object, options?: { idempotencyKey?: string }) => Promise<Answer>
  cancel: (payout: string, options?: { idempotencyKey?: string }) => Promise<Answer>
  read: (payout: string) => Promise<Answer>
  status: () => Promise<Record<string, any>>
  /** Stripe's list, newest first. */
  atStripe: () => Promise<any[]>
  /** Sends an event that the simulator would not send: of an impossible or unknown status. */
  sendEvent: (payout: string, over: { status: string; failure_code?: string }) => Promise<void>
  /** Stripe's own books of the account. */
  books: () => Promise<Record<string, any>>
}

/** The bank account's number decides how its payouts end: https://docs.stripe.com/connect/testing */
export const BANKS = { good: '000123456789', closed: '000111111113', missing: '000111111116' }

const FUNDS = 100_000
/** Makes a sent event newer than every event of the simulator. */
const AHEAD_S = 30 * 86_400
const SETTLED_S = 3 * 86_400

export async function aPayee(
  gatehouse: Gatehouse,
  { bank = BANKS.good, interval = 'manual' }: { bank?: string; interval?: string } = {},
): Promise<Payee> {
  const { call, sim, settle, simulator } = gatehouse
  const created = await call('POST', '/v1/accounts', {
    body: { external_id: `shop-${crypto.randomUUID()}`, country: 'US' },
  })
  const account: string = created.body['id']
  await sim('POST', `/_sim/accounts/${account}/onboard`, { outcome: 'enabled', account_number: bank })
  await sim('POST', `/_sim/accounts/${account}`, { settings: { payouts: { schedule: { interval } } } })
  await settle()
  await call('POST', `/v1/accounts/${account}/payments`, {
    body: { amount: FUNDS, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
  })
  await simulator.advance(SETTLED_S)
  await settle()
  const at = `/v1/accounts/${account}/payouts`
  const atStripe = async () => {
    const { data } = await callStripe(gatehouse, account, { call: 'GET /v1/payouts?limit=100' })
    return data as any[]
  }
  return {
    account,
    payOut: (body = {}, options = {}) =>
      call('POST', at, { body: { amount: 5000, currency: 'usd', ...body }, ...options }),
    cancel: (payout, options = {}) => call('POST', `${at}/${payout}/cancel`, options),
    read: (payout) => call('GET', `${at}/${payout}`),
    status: async () => (await call('GET', `/v1/accounts/${account}/status`)).body,
    atStripe,
    async sendEvent(payout, over) {
      const object = (await atStripe()).find(({ id }) => id === payout)
      const timestamp = Math.floor(gatehouse.deps().now() / 1000)
      const event = anAccountEvent(account, {
        type: over.status === 'failed' ? 'payout.failed' : 'payout.updated',
        created: timestamp + AHEAD_S,
        data: { object: { ...object, ...over } },
      })
      await gatehouse.fetch(await signedWebhook(event, { timestamp }))
    },
    async books() {
      const { data } = await sim('GET', `/_sim/books?account=${account}`)
      return data[0]
    },
  }
}
