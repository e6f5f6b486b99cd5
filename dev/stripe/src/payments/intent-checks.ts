import type Stripe from 'stripe'
import { checkRange } from '../core/check-range.ts'
import { invalidParameter, noSuch, refused } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { statementPrefix } from './charge.ts'
import { checkFeeAllowed } from './gate.ts'

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

/** The prefix, "* " and the suffix share 22 characters. */
export function checkSuffix(world: World, scope: string, suffix: string | null | undefined): void {
  if (suffix == null) return
  const room = 22 - statementPrefix(world, scope).length - 2
  if (suffix.length <= room && !/[<>\\'"*]/.test(suffix)) return
  throw invalidParameter(
    `The statement descriptor suffix must be at most ${room} characters on this account and must not contain < > \\ ' " *.`,
    { param: 'statement_descriptor_suffix' },
  )
}

/** Choices that Stripe takes one of (https://docs.stripe.com/api/payment_intents/create). */
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

/** What a direct charge never carries, and objects that the connected account does not have. */
export function checkUnsupported(
  params: Stripe.PaymentIntentCreateParams | Stripe.PaymentIntentConfirmParams,
): void {
  if ('customer' in params && params.customer !== undefined) {
    throw noSuch('customer', params.customer, 'customer', 400)
  }
  for (const indirect of ['transfer_data', 'on_behalf_of'] as const) {
    if (!(indirect in params)) continue
    throw invalidParameter('The simulator makes direct charges only.', { param: indirect })
  }
}

/** "This PaymentIntent's … could not be …": the state forbids it. */
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
