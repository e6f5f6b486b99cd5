/** Reads the value of each switch off the traffic between the service and Stripe. */
import type { Switches } from 'stripe-connect-simulator'
import type { StoryResult } from './story.ts'

export interface ReadOff<K extends keyof Switches> {
  /** The switch shows only if other switches have these values. */
  readonly where?: Partial<Switches>
  readonly read: (result: StoryResult) => Switches[K] | undefined
}

const LIMITED = { rate_limit: { per_second: 25, per_endpoint: 25 } }

/** A switch without an entry is never exercised: extend the story, and add how the switch shows. */
export const READ_OFF: { readonly [K in keyof Switches]: ReadOff<K> } = {
  account_type: { read: (result) => accounts(result).at(-1)?.type },
  type_beside_controller: { read: ({ observations }) => isTaken(observations['type beside controller']) },
  requirements_after_link: {
    read(result) {
      const { requirements } = accounts(result).at(-1)
      if (requirements === undefined) return 'absent'
      return requirements.currently_due === null ? 'reduced' : 'present'
    },
  },
  account_link_lifetime_s: {
    read: ({ wire }) => {
      const link = wire.find(({ path }) => path === '/v1/account_links')?.body
      return link?.expires_at - link?.created
    },
  },
  external_accounts: {
    read: (result) => (accounts(result).some((one) => one.external_accounts) ? 'present' : 'absent'),
  },
  external_account_events: {
    where: { external_accounts: 'present' },
    read: ({ arrived }) => arrived.some(({ type }) => type.startsWith('account.external_account.')),
  },
  person_events: { read: ({ arrived }) => arrived.some(({ type }) => type.startsWith('person.')) },
  account_updated_on_create: { read: ({ observations }) => observations['event at once'] },
  charges_disabled_error: {
    where: { inactive_capability_calls: 'refused' },
    read(result) {
      const { code } = refusedCharge(result)?.body.error ?? {}
      return code === 'capability_not_active' ? 'coded' : (code ?? 'message')
    },
  },
  charges_disabled_status: {
    where: { inactive_capability_calls: 'refused' },
    read: (result) => refusedCharge(result)?.status as 400 | 403 | undefined,
  },
  inactive_capability_calls: { read: (result) => (refusedCharge(result) ? 'refused' : 'allowed') },
  platform_events_include_connected: {
    read: ({ wire }) =>
      wire.some(
        ({ path, account, body }) =>
          path === '/v1/events' && account === null && body.data?.some((event: any) => event.account),
      ),
  },
  idempotent_replayed_header: {
    read: ({ wire }) =>
      wire.some(({ path, headers }) => path === '/v1/refunds' && headers.has('idempotent-replayed')),
  },
  idempotency_scope: {
    read: ({ observations }) => (observations['payments under one key'] === 1 ? 'platform' : 'account'),
  },
  idempotency_kept_s: {
    read: ({ observations }) => (observations['key known after a day'] === true ? 604_800 : 86_400),
  },
  rate_limit: {
    read: ({ observations }) =>
      observations['burst'].some(({ status }: any) => status === 429) ? LIMITED.rate_limit : null,
  },
  rate_limit_counts: {
    where: LIMITED,
    read({ observations }) {
      const taken = observations['burst'].filter(({ status }: any) => status === 200).length
      return taken > LIMITED.rate_limit.per_second ? 'account' : 'platform'
    },
  },
  rate_limited_reason_header: {
    where: LIMITED,
    read: ({ observations }) =>
      observations['burst'].some(({ headers }: any) => headers.has('stripe-rate-limited-reason')),
  },
  amount_digits: { read: ({ observations }) => (observations['nine digits'] === 200 ? 12 : 8) },
  three_decimal_amounts: {
    read: ({ observations }) => (observations['last digit'] === 200 ? 'any' : 'tens'),
  },
  confirm_limit: { read: ({ ended }) => (ended.payments.declined.startsWith('canceled') ? 2 : null) },
  refund_funds: {
    read: ({ observations }) => (observations['refund'] === 'pending' ? 'available' : 'total'),
  },
  partial_capture: {
    read: ({ arrived }) =>
      arrived.some(({ type, object }) => type === 'charge.captured' && object.amount_refunded > 0)
        ? 'refunded'
        : 'released',
  },
  application_fee: {
    read({ arrived }) {
      const types = arrived.map(({ type }) => type)
      return types.indexOf('application_fee.created') < types.indexOf('charge.succeeded') ? 'sync' : 'async'
    },
  },
  async_capture_delay_s: {
    where: { application_fee: 'async' },
    read: ({ observations }) => (observations['fee at once'] === 'collected' ? 0 : 1),
  },
  application_fee_over_capture: {
    read: ({ observations }) => (observations['fee over capture'] === 200 ? 'capped' : 'refused'),
  },
  application_fees_in_brazil: {
    read: ({ observations }) => (observations['fee in Brazil'].status === 201 ? 'allowed' : 'refused'),
  },
  application_fee_events: {
    read: ({ arrived }) =>
      arrived.find(({ type }) => type === 'application_fee.created')?.endpoint === 'connect'
        ? 'connected'
        : 'platform',
  },
  application_fee_returned_on_dispute: { read: ({ ended }) => ended.payments.disputed.endsWith('refunded') },
  payout_failure: {
    read: ({ observations }) =>
      observations['payouts enabled'] === false ? 'disables_payouts' : 'errors_bank_account',
  },
  instant_payouts: {
    read({ observations }) {
      const { status, body } = observations['instant payout']
      if (status === 201) return 'unlimited'
      return body.stripe_code === 'instant_payouts_config_disabled' ? 'disabled' : 'limited'
    },
  },
  uncontrolled_payout_error: {
    read: ({ observations }) =>
      observations['uncontrolled payout'].code === undefined ? 'message' : 'coded',
  },
  negative_balance: { read: ({ observations }) => (observations['balance'] < 0 ? 'carried' : 'debited') },
  delay_days: { read: ({ observations }) => isTaken(observations['payout delay']) },
  verification_delay_s: {
    read: ({ observations }) => (observations['after a minute'] === 'active' ? 2 : 86_400),
  },
  delivery_retries: {
    read({ observations }) {
      const [, second, third] =
        observations['deliveries'].find(
          ({ attempts }: any) => attempts.length > 2 && attempts[1].outcome === 500,
        )?.attempts ?? []
      return third?.at - second?.at > 3000 ? 'sandbox' : 'live'
    },
  },
  delivery_timeout_ms: {
    read: ({ observations }) =>
      observations['deliveries'].some(({ attempts }: any) =>
        attempts.some(({ outcome }: any) => outcome === 'timeout'),
      )
        ? 60
        : 10_000,
  },
  latency_ms: {
    // Timers may fire a little early, so 5 ms count from 4. Without latency some answer is faster on any machine.
    read({ wire }) {
      const reads = wire.filter(({ method, status }) => method === 'GET' && status === 200)
      return Math.min(...reads.map(({ tookMs }) => tookMs)) > 4 ? 5 : 0
    },
  },
}

function isTaken(status: number): 'allowed' | 'refused' {
  return status === 200 ? 'allowed' : 'refused'
}

function accounts({ wire }: StoryResult): any[] {
  return wire.flatMap(({ path, method, body }) =>
    method === 'GET' && /^\/v1\/accounts\/acct_\w+$/.test(path) && body.object === 'account' ? [body] : [],
  )
}

/** Stripe's refusal of a charge on an account without the capability. */
function refusedCharge({ wire }: StoryResult) {
  return wire.find(
    ({ path, body }) =>
      path === '/v1/payment_intents' && /card_payments capability/.test(body.error?.message),
  )
}
