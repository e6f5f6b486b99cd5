/** Payouts on the wire: money leaving a connected account for its holder's bank. Amounts in minor units. */
import { z } from '@hono/zod-openapi'
import { ACTORS } from '../../machines/gates.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../machines/account/payout-failure.ts'
import { PAYOUT_STATES } from '../../machines/payout/derive.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { brokenPayoutRule } from '../money/currency.ts'
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
        '`instant` goes to an external account that can take it, within what Stripe has for it: see `instant_available` of the balance.',
    }),
  })
  .superRefine(({ amount, currency }, context) => {
    const broken = brokenPayoutRule(amount, currency)
    if (!broken) return
    const path = broken.rule === 'currency_unknown' ? ['currency'] : ['amount']
    context.addIssue({ code: 'custom', path, message: `${broken.rule}: ${broken.message}` })
  })
  .openapi('CreatePayout')
export type CreatePayout = z.infer<typeof CreatePayout>

const PayoutFailure = z
  .object({
    code: z
      .string()
      .nullable()
      .openapi({ description: 'Stripe’s own `failure_code`; the list is not complete, nor ours to fix.' }),
    class: z.enum(Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]]).openapi({
      description: 'What it needs. What nobody here understands is `needs_platform`.',
    }),
    actor: z.enum(ACTORS).openapi({ description: 'Whose move it is.' }),
    remedy: z.object({ method: z.enum(['GET', 'POST']), href: z.string() }).optional(),
    detail: z.string(),
    reopened_by: z.string().openapi({ description: 'What makes payouts to this place go on.' }),
    failed_at: time.nullable(),
    ongoing: z
      .boolean()
      .openapi({ description: 'Payouts to this place still fail; false: they go on, or it is gone.' }),
  })
  .openapi('PayoutFailure')

export const PayoutBody = z
  .object({
    id: z.string(),
    account: z.string(),
    livemode: z.boolean(),
    status: z.enum(PAYOUT_STATES).openapi({
      description:
        'Stripe’s status, and two more: `paid` is provisional for five business days and `settled` from then on; `unrecognized` is one this version does not know.',
    }),
    stripe_status: z.string().openapi({ description: 'Stripe’s own word for it.' }),
    amount: z.int().openapi({ description: 'Negative: money is brought back from the bank.' }),
    currency: z.string(),
    automatic: z.boolean().openapi({ description: 'Made by the account’s schedule.' }),
    method: z.string().nullable(),
    destination: z.string().nullable().openapi({ description: 'The external account.' }),
    arrival_date: time.nullable().openapi({ description: 'When it should be at the bank.' }),
    settles_at: time.nullable().openapi({
      description:
        'Of a paid payout: the end (UTC) of the fifth business day, Monday to Friday, after the day of arrival. Bank holidays are not known.',
    }),
    failure: PayoutFailure.nullable(),
    original_payout: z.string().nullable().openapi({ description: 'The payout this one brings back.' }),
    reversed_by: z.string().nullable().openapi({ description: 'The payout that brings this one back.' }),
    reconciliation_status: z.string().nullable(),
    trace: z
      .object({ status: z.string(), id: z.string().nullable() })
      .nullable()
      .openapi({ description: 'What the bank calls it, up to ten days late.' }),
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
          description: 'What arrives at each external account, the platform’s own fees taken off.',
        }),
      }),
    ),
    negative: z
      .array(Money.extend({ detail: z.string() }))
      .openapi({ description: 'The currencies in which nothing is paid out until the balance is positive.' }),
    as_of: time.openapi({ description: 'Stripe’s time of its answer.' }),
  })
  .openapi('Balance')
export type BalanceBody = z.infer<typeof BalanceBody>
