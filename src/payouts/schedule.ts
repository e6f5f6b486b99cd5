/** The payout schedule: its JSON, its parameters at Stripe, and what the account's controller allows. */
import { z } from '@hono/zod-openapi'
import type { Stripe } from 'stripe'
import type { LiveAccount } from '../../machines/account/account.ts'
import type { PayoutSettings } from '../../machines/account/facts.ts'
import { Problem } from '../http/problem.ts'

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const

export const SetSchedule = z
  .strictObject({
    interval: z.enum(['daily', 'weekly', 'monthly', 'manual']),
    weekly_payout_days: z.array(z.enum(WEEKDAYS)).min(1).max(5).optional().openapi({
      description: 'Required with `weekly`, and only allowed there.',
    }),
    monthly_payout_days: z.array(z.int().min(1).max(31)).min(1).max(31).optional().openapi({
      description:
        'Required with `monthly`, and only allowed there. In a shorter month, 29 to 31 mean its last day.',
    }),
    delay_days: z.int().min(0).max(31).optional().openapi({
      description:
        'Refused if Stripe bears the account’s losses: Stripe then decides how long it holds money.',
    }),
  })
  .superRefine(({ interval, weekly_payout_days, monthly_payout_days }, context) => {
    const requireOnlyWith = (path: string, given: unknown, isRequired: boolean) => {
      if ((given !== undefined) === isRequired) return
      const message = isRequired ? `is required with ${interval}` : `is not allowed with ${interval}`
      context.addIssue({ code: 'custom', path: [path], message })
    }
    requireOnlyWith('weekly_payout_days', weekly_payout_days, interval === 'weekly')
    requireOnlyWith('monthly_payout_days', monthly_payout_days, interval === 'monthly')
  })
  .openapi('SetPayoutSchedule')
export type SetSchedule = z.infer<typeof SetSchedule>

export const ScheduleBody = z
  .object({
    account: z.string(),
    interval: z.string().nullable().openapi({ description: '`daily`, `weekly`, `monthly` or `manual`.' }),
    weekly_payout_days: z.array(z.string()),
    monthly_payout_days: z.array(z.int()),
    delay_days: z.int().nullable().openapi({
      description: 'For how many days Stripe holds the money of a charge before it can be paid out.',
    }),
    debit_negative_balances: z
      .boolean()
      .nullable()
      .openapi({ description: 'Stripe debits the bank account for a negative balance, where it may.' }),
  })
  .openapi('PayoutSchedule')
export type ScheduleBody = z.infer<typeof ScheduleBody>

export function scheduleBody(account: string, settings: PayoutSettings): ScheduleBody {
  return { account, ...settings }
}

export function settingsParams({
  interval,
  weekly_payout_days,
  monthly_payout_days,
}: SetSchedule): Stripe.BalanceSettingsUpdateParams {
  const schedule = {
    interval,
    ...(weekly_payout_days && { weekly_payout_days }),
    ...(monthly_payout_days && { monthly_payout_days }),
  }
  return { payments: { payouts: { schedule } } }
}

/** Only a platform that bears the losses may raise the delay. https://docs.stripe.com/connect/manage-payout-schedule */
export function refuseDelay({ delay_days }: SetSchedule, { context }: LiveAccount): void {
  if (delay_days === undefined) return
  throw new Problem(
    'schedule_not_allowed',
    'Stripe bears the losses of this account, so Stripe decides for how many days it holds money. Leave out delay_days.',
    { members: { account: context.id, field: 'delay_days', reason: 'losses_are_stripes' } },
  )
}
