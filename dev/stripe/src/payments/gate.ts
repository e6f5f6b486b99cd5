import type Stripe from 'stripe'
import { capabilityStatus } from '../accounts/capabilities.ts'
import { refused, StripeRefusal } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/**
 * Refuses a charge that the account may not take. What Stripe answers here is not contractual: live answers were
 * seen with a code and with a message only, and a sandbox may let the call through, so each is a switch.
 */
export function checkCanCharge(world: World, scope: string): void {
  const account = world.tables.accounts.get(scope)?.account
  if (account === undefined || world.switches.inactive_capability_calls === 'allowed') return
  if (capabilityStatus(account, 'card_payments') !== 'active') {
    throw disabled(
      world,
      'capability_not_active',
      'Your account does not have the card_payments capability active. Complete the required information to activate it.',
    )
  }
  if (!account.charges_enabled) {
    throw disabled(
      world,
      'account_invalid',
      `Your account cannot currently make charges. To find out why, visit https://dashboard.stripe.com/${scope}/account/status.`,
    )
  }
}

function disabled({ switches }: World, fitting: string, message: string): StripeRefusal {
  const { charges_disabled_error: error, charges_disabled_status: status } = switches
  const code = error === 'coded' ? fitting : error
  return new StripeRefusal(status, {
    type: 'invalid_request_error',
    message,
    ...(code === 'message' ? {} : { code }),
  })
}

/** Fees are taken by a platform from somebody else, and not everywhere. */
export function checkFeeAllowed(world: World, scope: string): void {
  const account = world.tables.accounts.get(scope)?.account
  if (account === undefined) {
    throw refused(
      'Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).',
      { param: 'application_fee_amount' },
    )
  }
  if (isAbroad(account, world) && world.switches.application_fees_in_brazil === 'refused') {
    throw refused('Application fees are not allowed on this account because of the country it is in.', {
      code: 'application_fees_not_allowed',
      param: 'application_fee_amount',
    })
  }
}

function isAbroad(account: Stripe.Account, { platform }: World): boolean {
  return account.country === 'BR' && platform.country !== 'BR'
}
