/** When money leaves an account by itself: read from Stripe, and set within what the account's controller allows. */
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
      description: 'With `weekly`, and required there.',
    }),
    monthly_payout_days: z.array(z.int().min(1).max(31)).min(1).max(31).optional().openapi({
      description: 'With `monthly`, and required there. 29 to 31 mean the last day of a shorter month.',
    }),
    delay_days: z.int().min(0).max(31).optional().openapi({
      description:
        'Refused where Stripe bears the account’s losses: how long money is held is then Stripe’s.',
    }),
  })
  .superRefine(({ interval, weekly_payout_days, monthly_payout_days }, context) => {
    const expect = (path: string, given: unknown, wanted: boolean) => {
      if ((given !== undefined) === wanted) return
      const message = wanted ? `is required with ${interval}` : `goes with another interval than ${interval}`
      context.addIssue({ code: 'custom', path: [path], message })
    }
    expect('weekly_payout_days', weekly_payout_days, interval === 'weekly')
    expect('monthly_payout_days', monthly_payout_days, interval === 'monthly')
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
      description: 'For how many days what a charge brings is held before it can be paid out.',
    }),
    debit_negative_balances: z
      .boolean()
      .nullable()
      .openapi({ description: 'Stripe takes what the balance lacks from the bank account, where it may.' }),
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

/** Raising the delay is for platforms that answer for losses: https://docs.stripe.com/connect/manage-payout-schedule */
export function requireOwnDelay({ delay_days }: SetSchedule, { context }: LiveAccount): void {
  if (delay_days === undefined) return
  throw new Problem(
    'schedule_not_allowed',
    'Stripe bears the losses of this account, so Stripe decides for how many days money is held. Leave delay_days out.',
    { members: { account: context.id, field: 'delay_days', reason: 'losses_are_stripes' } },
  )
}
