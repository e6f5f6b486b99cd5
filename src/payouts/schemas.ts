/** The JSON of payouts and balances. Amounts are in minor units. */
import { z } from '@hono/zod-openapi'
import { ACTORS } from '../../machines/gates.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../machines/account/payout-failure.ts'
import { PAYOUT_STATES } from '../../machines/payout/derive.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { payoutViolation } from '../money/currency.ts'
import { PayoutId } from '../stripe/ids.ts'

const time = z.iso.datetime()

export const PayoutParams = AccountParams.extend({
  payout: PayoutId.openapi({
    param: { name: 'payout', in: 'path' },
    example: 'po_1MtwBwLkdIwHu7ix28a3tqPa',
  }),
})

export const CreatePayout = z
  .strictObject({
    amount: z.int().min(1).openapi({ description: 'In the currency’s minor unit.' }),
    currency: z.string().openapi({ description: 'ISO 4217, lower case.', example: 'usd' }),
    method: z.enum(['standard', 'instant']).default('standard').openapi({
      description:
        '`instant` needs an external account that accepts it, and at most the balance’s `instant_available`.',
    }),
  })
  .superRefine(({ amount, currency }, context) => {
    const violation = payoutViolation(amount, currency)
    if (!violation) return
    const { rule, message } = violation
    const path = rule === 'currency_unknown' ? ['currency'] : ['amount']
    context.addIssue({ code: 'custom', path, message: `${rule}: ${message}` })
  })
  .openapi('CreatePayout')
export type CreatePayout = z.infer<typeof CreatePayout>

const PayoutFailure = z
  .object({
    code: z.string().nullable().openapi({ description: 'Stripe’s `failure_code`. Stripe may add codes.' }),
    class: z.enum(Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]]).openapi({
      description: 'What the failure needs. An unknown code is `needs_platform`.',
    }),
    actor: z.enum(ACTORS).openapi({ description: 'Who must act.' }),
    remedy: z.object({ method: z.enum(['GET', 'POST']), href: z.string() }).optional(),
    detail: z.string(),
    reopened_by: z
      .string()
      .openapi({ description: 'What makes payouts to this destination possible again.' }),
    failed_at: time.nullable(),
    ongoing: z.boolean().openapi({
      description:
        'True: payouts to this destination still fail. False: they arrive again, or the destination was removed.',
    }),
  })
  .openapi('PayoutFailure')

export const PayoutBody = z
  .object({
    id: z.string(),
    account: z.string(),
    livemode: z.boolean(),
    status: z.enum(PAYOUT_STATES).openapi({
      description:
        'Stripe’s status, and two more: `paid` is provisional for five business days, then the payout is `settled`; `unrecognized` is a status this version does not know.',
    }),
    stripe_status: z.string().openapi({ description: 'Stripe’s own status.' }),
    amount: z
      .int()
      .openapi({ description: 'Negative: the payout is a reversal, which brings money back from the bank.' }),
    currency: z.string(),
    automatic: z.boolean().openapi({ description: 'Created by the account’s schedule.' }),
    method: z.string().nullable(),
    destination: z.string().nullable().openapi({ description: 'The external account.' }),
    arrival_date: time.nullable().openapi({ description: 'When it should arrive at the bank.' }),
    settles_at: time.nullable().openapi({
      description:
        'For a paid payout: the end (UTC) of the fifth business day, Monday to Friday, after the day of arrival. Bank holidays are ignored.',
    }),
    failure: PayoutFailure.nullable(),
    original_payout: z.string().nullable().openapi({ description: 'The payout that this one reverses.' }),
    reversed_by: z.string().nullable().openapi({ description: 'The payout that reverses this one.' }),
    reconciliation_status: z.string().nullable(),
    trace: z
      .object({ status: z.string(), id: z.string().nullable() })
      .nullable()
      .openapi({ description: 'The bank’s reference, up to ten days after arrival.' }),
    created_at: time,
  })
  .openapi('Payout')
export type PayoutBody = z.infer<typeof PayoutBody>

const Money = z.object({ amount: z.int(), currency: z.string() })

export const BalanceBody = z
  .object({
    account: z.string(),
    livemode: z.boolean(),
    available: z.array(Money).openapi({ description: 'Can be paid out.' }),
    pending: z.array(Money).openapi({ description: 'Not available yet.' }),
    instant_available: z.array(
      Money.extend({
        net: z.array(z.object({ destination: z.string(), amount: z.int() })).openapi({
          description: 'The amount that arrives at each external account, after the platform’s fees.',
        }),
      }),
    ),
    negative: z.array(Money.extend({ detail: z.string() })).openapi({
      description: 'The currencies in which Stripe pays nothing out until the balance is positive.',
    }),
    as_of: time.openapi({ description: 'Stripe’s time of the answer.' }),
  })
  .openapi('Balance')
export type BalanceBody = z.infer<typeof BalanceBody>
