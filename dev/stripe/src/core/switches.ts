/**
 * What Stripe's documentation leaves open, or what differs from platform to platform. Each can be thrown either way
 * (`POST /_sim/switches`), so that an application can be shown to work with both. The README says what each rests on.
 */
export interface Switches {
  /** What `account.type` reads for an account made with `controller`. */
  account_type: 'none' | 'standard'
  /** `type` and `controller` in one request. */
  type_beside_controller: 'refused' | 'allowed'
  /** How much of `requirements` and `future_requirements` is still readable once the first account link exists. */
  requirements_after_link: 'present' | 'reduced' | 'absent'
  account_link_lifetime_s: number
  external_accounts: 'present' | 'absent'
  external_account_events: boolean
  /** Whether the platform hears of the persons behind an account whose identity Stripe collects. */
  person_events: boolean
  /** An `account.updated` straight after creation, as when Stripe finishes computing what it needs. */
  account_updated_on_create: boolean
  /** What code a refused charge carries on an account that cannot charge; `coded`: what fits the reason best. */
  charges_disabled_error: 'coded' | 'payment_method_unactivated' | 'message'
  charges_disabled_status: 400 | 403
  /** A sandbox may let calls through although the capability they need is not active. */
  inactive_capability_calls: 'refused' | 'allowed'
  platform_events_include_connected: boolean
  idempotent_replayed_header: boolean
  idempotency_scope: 'account' | 'platform'
  /** Keys may be pruned when they are a day old; nothing says that they are. */
  idempotency_kept_s: number
  /** Requests per second for the whole account and for each endpoint; null switches limiting off. */
  rate_limit: { per_second: number; per_endpoint: number } | null
  rate_limit_counts: 'platform' | 'account'
  rate_limited_reason_header: boolean
  /** How many digits an amount may have: the API reference and the currencies page differ. */
  amount_digits: 8 | 12
  /** Whether the last digit of an amount in a currency of three decimals must be 0. */
  three_decimal_amounts: 'tens' | 'any'
  /** After so many failed attempts a payment is canceled; null: never. */
  confirm_limit: number | null
  /** What a refund may draw on: everything Stripe holds, or only what has settled. */
  refund_funds: 'total' | 'available'
  /** What happens to the part of an authorization that a smaller capture leaves over. */
  partial_capture: 'released' | 'refunded'
  application_fee: 'async' | 'sync'
  /** How long after the charge the asynchronous capture and its application fee follow. */
  async_capture_delay_s: number
  /** A fee that is more than what was captured in the end. */
  application_fee_over_capture: 'capped' | 'refused'
  /** Fees of a platform outside Brazil on accounts in it. */
  application_fees_in_brazil: 'refused' | 'allowed'
  /** Whose endpoint hears of application fees: they are the platform's, by all that is known. */
  application_fee_events: 'platform' | 'connected'
  application_fee_returned_on_dispute: boolean
  /** Whether a failed payout also switches `payouts_enabled` off. */
  payout_failure: 'errors_bank_account' | 'disables_payouts'
  /** Instant payouts: within the limits of 2024, without any, or not at all on this platform. */
  instant_payouts: 'limited' | 'unlimited' | 'disabled'
  /** What code a payout is refused with where the platform has no controls. */
  uncontrolled_payout_error: 'coded' | 'message'
  /** A negative balance: left to be made up by new charges, or fetched from the bank account. */
  negative_balance: 'carried' | 'debited'
  /** Raising the payout delay of an account whose losses are Stripe's. */
  delay_days: 'refused' | 'allowed'
  verification_delay_s: number
  /** A sandbox tries three more times within hours, live mode goes on for three days. */
  delivery_retries: 'sandbox' | 'live'
  delivery_timeout_ms: number
  /** Added to every API answer while its idempotency key is held, so that real conflicts can happen. */
  latency_ms: number
}

/**
 * Every way each switch can be thrown, the default first: what a test of an application goes through. A number stands for
 * any other of its kind.
 */
export const SWITCH_VALUES: { readonly [K in keyof Switches]: readonly [Switches[K], ...Switches[K][]] } = {
  account_type: ['none', 'standard'],
  type_beside_controller: ['refused', 'allowed'],
  requirements_after_link: ['present', 'reduced', 'absent'],
  account_link_lifetime_s: [300, 60],
  external_accounts: ['present', 'absent'],
  external_account_events: [true, false],
  person_events: [false, true],
  account_updated_on_create: [true, false],
  charges_disabled_error: ['coded', 'payment_method_unactivated', 'message'],
  charges_disabled_status: [400, 403],
  inactive_capability_calls: ['refused', 'allowed'],
  platform_events_include_connected: [false, true],
  idempotent_replayed_header: [true, false],
  idempotency_scope: ['account', 'platform'],
  idempotency_kept_s: [86_400, 604_800],
  rate_limit: [null, { per_second: 25, per_endpoint: 25 }],
  rate_limit_counts: ['platform', 'account'],
  rate_limited_reason_header: [true, false],
  amount_digits: [8, 12],
  three_decimal_amounts: ['tens', 'any'],
  confirm_limit: [null, 2],
  refund_funds: ['total', 'available'],
  partial_capture: ['released', 'refunded'],
  application_fee: ['async', 'sync'],
  async_capture_delay_s: [1, 0],
  application_fee_over_capture: ['capped', 'refused'],
  application_fees_in_brazil: ['refused', 'allowed'],
  application_fee_events: ['platform', 'connected'],
  application_fee_returned_on_dispute: [false, true],
  payout_failure: ['errors_bank_account', 'disables_payouts'],
  instant_payouts: ['limited', 'unlimited', 'disabled'],
  uncontrolled_payout_error: ['coded', 'message'],
  negative_balance: ['carried', 'debited'],
  delay_days: ['refused', 'allowed'],
  verification_delay_s: [2, 86_400],
  delivery_retries: ['sandbox', 'live'],
  delivery_timeout_ms: [10_000, 60],
  latency_ms: [0, 5],
}

export const SWITCH_NAMES = Object.keys(SWITCH_VALUES) as readonly (keyof Switches)[]

export const DEFAULT_SWITCHES = Object.fromEntries(
  SWITCH_NAMES.map((name) => [name, SWITCH_VALUES[name][0]]),
) as unknown as Switches
