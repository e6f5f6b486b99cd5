/**
 * Behaviour that Stripe's documentation leaves open, or that differs between platforms. An application can be tested with
 * each value (`POST /_sim/switches`). The README says what each switch is based on.
 */
export interface Switches {
  /** The value of `account.type` for an account created with `controller`. */
  account_type: 'none' | 'standard'
  /** A request with both `type` and `controller`. */
  type_beside_controller: 'refused' | 'allowed'
  /** What the platform can read of `requirements` and `future_requirements` after the first account link. */
  requirements_after_link: 'present' | 'reduced' | 'absent'
  account_link_lifetime_s: number
  external_accounts: 'present' | 'absent'
  external_account_events: boolean
  /** Whether `person.*` events are sent for accounts whose identity Stripe collects. */
  person_events: boolean
  /** Whether creation sends an `account.updated` too, as when Stripe finishes computing requirements. */
  account_updated_on_create: boolean
  /** The error code of a charge on an account that cannot charge. `coded` picks the code that fits the reason. */
  charges_disabled_error: 'coded' | 'payment_method_unactivated' | 'message'
  charges_disabled_status: 400 | 403
  /** A sandbox may accept calls although the capability that they need is inactive. */
  inactive_capability_calls: 'refused' | 'allowed'
  platform_events_include_connected: boolean
  idempotent_replayed_header: boolean
  idempotency_scope: 'account' | 'platform'
  /** Stripe may remove keys after a day. Nothing says that it does. */
  idempotency_kept_s: number
  /** Requests per second, for the whole account and for each endpoint. Null means no limit. */
  rate_limit: { per_second: number; per_endpoint: number } | null
  rate_limit_counts: 'platform' | 'account'
  rate_limited_reason_header: boolean
  /** How many digits an amount may have. The API reference and the currencies page differ. */
  amount_digits: 8 | 12
  /** Whether the last digit of an amount in a currency of three decimals must be 0. */
  three_decimal_amounts: 'tens' | 'any'
  /** How many failed attempts cancel a payment. Null means never. */
  confirm_limit: number | null
  /** Which funds a refund may use: all that Stripe holds, or only available funds. */
  refund_funds: 'total' | 'available'
  /** What happens to the uncaptured part of an authorization. */
  partial_capture: 'released' | 'refunded'
  application_fee: 'async' | 'sync'
  /** The time between a charge and its asynchronous capture and application fee. */
  async_capture_delay_s: number
  /** An application fee above the captured amount. */
  application_fee_over_capture: 'capped' | 'refused'
  /** Application fees of a platform outside Brazil on accounts in Brazil. */
  application_fees_in_brazil: 'refused' | 'allowed'
  /** Which kind of endpoint gets application fee events. Probably the platform's, which owns the fees. */
  application_fee_events: 'platform' | 'connected'
  application_fee_returned_on_dispute: boolean
  /** Whether a failed payout also sets `payouts_enabled` to false. */
  payout_failure: 'errors_bank_account' | 'disables_payouts'
  /** Instant payouts: with the limits of 2024, without limits, or disabled for the platform. */
  instant_payouts: 'limited' | 'unlimited' | 'disabled'
  /** The error code of a payout on an account that the platform does not control. */
  uncontrolled_payout_error: 'coded' | 'message'
  /** A negative balance is carried until new charges cover it, or debited from the bank account. */
  negative_balance: 'carried' | 'debited'
  /** Raising the payout delay of an account for whose losses Stripe is liable. */
  delay_days: 'refused' | 'allowed'
  verification_delay_s: number
  /** A sandbox retries three times within hours, live mode retries for three days. */
  delivery_retries: 'sandbox' | 'live'
  delivery_timeout_ms: number
  /** Delays every answer while its idempotency key is locked, so that 409 conflicts can happen. */
  latency_ms: number
}

/**
 * Every value of every switch, the default first, for tests that go through them all. Number switches also take other
 * numbers.
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
