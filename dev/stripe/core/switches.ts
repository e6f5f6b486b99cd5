/**
 * What Stripe's documentation leaves open, or what differs from platform to platform. Each can be thrown either way
 * (`POST /_sim/switches`), so that an application can be shown to work with both. The README says what each rests on.
 */
export interface Switches {
  /** What `account.type` reads for an account made with `controller`. */
  account_type: 'none' | 'standard'
  /** Whether `requirements` and `future_requirements` are still readable once the first account link exists. */
  requirements_after_link: 'present' | 'absent'
  external_accounts: 'present' | 'absent'
  external_account_events: boolean
  /** An `account.updated` straight after creation, as when Stripe finishes computing what it needs. */
  account_updated_on_create: boolean
  /** Whether a refused charge on an account that cannot charge carries a code. */
  charges_disabled_error: 'coded' | 'message'
  charges_disabled_status: 400 | 403
  /** A sandbox may let calls through although the capability they need is not active. */
  inactive_capability_calls: 'refused' | 'allowed'
  platform_events_include_connected: boolean
  idempotent_replayed_header: boolean
  idempotency_scope: 'account' | 'platform'
  /** Requests per second for the whole account and for each endpoint; null switches limiting off. */
  rate_limit: { per_second: number; per_endpoint: number } | null
  rate_limit_counts: 'platform' | 'account'
  rate_limited_reason_header: boolean
  /** What a refund may draw on: everything Stripe holds, or only what has settled. */
  refund_funds: 'total' | 'available'
  /** What happens to the part of an authorization that a smaller capture leaves over. */
  partial_capture: 'released' | 'refunded'
  application_fee: 'async' | 'sync'
  /** How long after the charge the asynchronous capture and its application fee follow. */
  async_capture_delay_s: number
  /** Whose endpoint hears of application fees: they are the platform's, by all that is known. */
  application_fee_events: 'platform' | 'connected'
  application_fee_returned_on_dispute: boolean
  /** Whether a failed payout also switches `payouts_enabled` off. */
  payout_failure: 'errors_bank_account' | 'disables_payouts'
  /** Raising the payout delay of an account whose losses are Stripe's. */
  delay_days: 'refused' | 'allowed'
  verification_delay_s: number
  /** A sandbox tries three more times within hours, live mode goes on for three days. */
  delivery_retries: 'sandbox' | 'live'
  delivery_timeout_ms: number
  /** Added to every API answer while its idempotency key is held, so that real conflicts can happen. */
  latency_ms: number
}

export const DEFAULT_SWITCHES: Switches = {
  account_type: 'none',
  requirements_after_link: 'present',
  external_accounts: 'present',
  external_account_events: true,
  account_updated_on_create: true,
  charges_disabled_error: 'coded',
  charges_disabled_status: 400,
  inactive_capability_calls: 'refused',
  platform_events_include_connected: false,
  idempotent_replayed_header: true,
  idempotency_scope: 'account',
  rate_limit: null,
  rate_limit_counts: 'platform',
  rate_limited_reason_header: true,
  refund_funds: 'total',
  partial_capture: 'released',
  application_fee: 'async',
  async_capture_delay_s: 1,
  application_fee_events: 'platform',
  application_fee_returned_on_dispute: false,
  payout_failure: 'errors_bank_account',
  delay_days: 'refused',
  verification_delay_s: 2,
  delivery_retries: 'sandbox',
  delivery_timeout_ms: 10_000,
  latency_ms: 0,
}
