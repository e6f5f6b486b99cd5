import type Stripe from 'stripe'
import { capabilityStatus } from '../accounts/capabilities.ts'
import { StripeRefusal, checkRange, invalidParameter, noSuch, refused } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { statementPrefix } from './charge.ts'

export function checkFee(world: World, scope: string, fee: number | undefined, amount: number): void {
  if (fee === undefined) return
  checkRange(fee, 'application_fee_amount')
  if (fee >= amount) {
    throw invalidParameter('The application_fee_amount must be less than the amount of the charge.', {
      param: 'application_fee_amount',
    })
  }
  checkFeeAllowed(world, scope)
}

/** The prefix, "* " and the suffix have 22 characters together. */
export function checkSuffix(world: World, scope: string, suffix: string | null | undefined): void {
  if (suffix == null) return
  const room = 22 - statementPrefix(world, scope).length - 2
  if (suffix.length <= room && !/[<>\\'"*]/.test(suffix)) return
  throw invalidParameter(
    `The statement descriptor suffix must be at most ${room} characters on this account and must not contain < > \\ ' " *.`,
    { param: 'statement_descriptor_suffix' },
  )
}

/** These parameters exclude each other (https://docs.stripe.com/api/payment_intents/create). */
export function checkMethodChoices(params: Stripe.PaymentIntentCreateParams): void {
  if (params.allowed_payment_method_types === undefined) return
  for (const other of [
    'automatic_payment_methods',
    'excluded_payment_method_types',
    'payment_method_configuration',
  ] as const) {
    if (params[other] === undefined) continue
    throw invalidParameter(
      `You may only specify one of these parameters: allowed_payment_method_types, ${other}.`,
      {
        code: 'parameters_exclusive',
        param: 'allowed_payment_method_types',
      },
    )
  }
}

/** Refuses customers and the parameters of indirect charges, which the simulator does not have. */
export function checkUnsupported(
  params: Stripe.PaymentIntentCreateParams | Stripe.PaymentIntentConfirmParams,
): void {
  if ('customer' in params && params.customer !== undefined) {
    throw noSuch('customer', params.customer, 'customer', 400)
  }
  for (const indirect of ['transfer_data', 'on_behalf_of'] as const) {
    if (!(indirect in params)) continue
    throw invalidParameter('The simulator supports direct charges only.', { param: indirect })
  }
}

/** Stripe's error for a call that the intent's status forbids. */
export function unexpectedState(
  intent: Stripe.PaymentIntent,
  verb: string,
  wanted: readonly string[],
): Error {
  return refused(
    `This PaymentIntent could not be ${verb} because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${verb}: ${wanted.join(', ')}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: intent },
  )
}

/**
 * Refuses a charge on an account that cannot charge. Stripe's answer is not documented: live answers were seen with a code
 * and without, and a sandbox may accept the call. Switches select the answer.
 */
export function checkCanCharge(world: World, scope: string): void {
  const account = world.tables.accounts.get(scope)?.account
  if (account === undefined || world.switches.inactive_capability_calls === 'allowed') return
  if (capabilityStatus(account, 'card_payments') !== 'active') {
    throw chargesDisabled(
      world,
      'capability_not_active',
      'Your account does not have the card_payments capability active. Complete the required information to activate it.',
    )
  }
  if (!account.charges_enabled) {
    throw chargesDisabled(
      world,
      'account_invalid',
      `Your account cannot currently make charges. To find out why, visit https://dashboard.stripe.com/${scope}/account/status.`,
    )
  }
}

function chargesDisabled({ switches }: World, fittingCode: string, message: string): StripeRefusal {
  const { charges_disabled_error: error, charges_disabled_status: status } = switches
  const code = error === 'coded' ? fittingCode : error
  return new StripeRefusal(status, {
    type: 'invalid_request_error',
    message,
    ...(code === 'message' ? {} : { code }),
  })
}

/** Refuses an application fee on the platform's own charge, and on accounts in Brazil. */
function checkFeeAllowed(world: World, scope: string): void {
  const account = world.tables.accounts.get(scope)?.account
  if (account === undefined) {
    throw refused(
      'Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).',
      { param: 'application_fee_amount' },
    )
  }
  if (crossesIntoBrazil(account, world) && world.switches.application_fees_in_brazil === 'refused') {
    throw refused('Application fees are not allowed on this account because of the country it is in.', {
      code: 'application_fees_not_allowed',
      param: 'application_fee_amount',
    })
  }
}

function crossesIntoBrazil(account: Stripe.Account, { platform }: World): boolean {
  return account.country === 'BR' && platform.country !== 'BR'
}
