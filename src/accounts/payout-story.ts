/** The payout story of an account, as its status tells it: what comes next, what does not arrive, what is held back. */
import { z } from '@hono/zod-openapi'
import { failingDestinations, nextPayout } from '../../machines/account/destinations.ts'
import type { AccountFacts, ReservePlan } from '../../machines/account/facts.ts'
import { ACTORS } from '../../machines/gates.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../machines/account/payout-failure.ts'
import { membersOf } from '../../machines/watermark.ts'
import { toTime } from '../http/time.ts'
import { format } from '../money/currency.ts'
import { destinationDetail, negativeDetail, reopenedBy } from './destination-detail.ts'

const time = z.iso.datetime()

export const PayoutStory = z
  .object({
    next: z
      .object({ payout: z.string(), amount: z.int(), currency: z.string(), arrival_date: time.nullable() })
      .nullable()
      .openapi({
        description: 'The payout Stripe expects to arrive next. Stripe tells of one once it has made it.',
      }),
    failing: z
      .array(
        z.object({
          destination: z.string().nullable(),
          status: z.string().nullable().openapi({ description: 'Stripe’s word for the external account.' }),
          payout: z
            .string()
            .nullable()
            .openapi({ description: 'The payout that failed there and needs most; the latest of several.' }),
          failure_code: z.string().nullable(),
          failed_at: time.nullable(),
          class: z.enum(Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]]),
          actor: z.enum(ACTORS),
          detail: z.string(),
          reopened_by: z.string(),
        }),
      )
      .openapi({ description: 'Where no payout would arrive now.' }),
    negative_balances: z.array(z.object({ amount: z.int(), currency: z.string(), detail: z.string() })),
    reserves: z
      .array(z.object({ id: z.string(), kind: z.enum(['hold', 'plan']), detail: z.string() }))
      .openapi({ description: 'What Stripe’s risk review holds back of the balance.' }),
    schedule: z
      .object({
        interval: z.string().nullable(),
        weekly_payout_days: z.array(z.string()),
        monthly_payout_days: z.array(z.int()),
        delay_days: z.int().nullable(),
        debit_negative_balances: z.boolean().nullable(),
      })
      .nullable(),
    balance_as_of: time
      .nullable()
      .openapi({ description: 'When Stripe last spoke of the balance; null: it has not yet.' }),
  })
  .openapi('PayoutStory')
export type PayoutStory = z.infer<typeof PayoutStory>

export function payoutStory(facts: AccountFacts): PayoutStory {
  const debits = facts.payout_settings?.value.debit_negative_balances ?? null
  const next = nextPayout(facts)
  return {
    next: next && {
      payout: next[0],
      amount: next[1].amount,
      currency: next[1].currency,
      arrival_date: secondsToTime(next[1].arrival_date),
    },
    failing: failingDestinations(facts).map((failing) => ({
      destination: failing.id,
      status: failing.status ?? null,
      payout: failing.payout?.id ?? null,
      failure_code: failing.payout?.failure_code ?? null,
      failed_at: secondsToTime(failing.payout?.failed_at ?? null),
      class: failing.needs,
      actor: FAILURE_CLASSES[failing.needs].actor,
      detail: destinationDetail(failing),
      reopened_by: reopenedBy(failing),
    })),
    negative_balances: Object.entries(facts.negative_balances?.value ?? {}).map(([currency, amount]) => ({
      amount,
      currency,
      detail: negativeDetail(currency, debits),
    })),
    reserves: reserves(facts),
    schedule: facts.payout_settings?.value ?? null,
    balance_as_of: secondsToTime(facts.negative_balances?.as_of.to ?? null),
  }
}

function reserves({ reserve_holds, reserve_plans }: AccountFacts): PayoutStory['reserves'] {
  const holds = membersOf(reserve_holds).map(([id, { amount, currency, release_after }]) => ({
    id,
    kind: 'hold' as const,
    detail: `Stripe holds back ${format(amount, currency)} ${until(release_after)}. It is not part of what can be paid out.`,
  }))
  const plans = membersOf(reserve_plans).map(([id, plan]) => ({
    id,
    kind: 'plan' as const,
    detail: `Stripe holds back ${plan.percent} % of each charge${plan.currency ? ` in ${plan.currency}` : ''} ${forHowLong(plan)}.`,
  }))
  return [...holds, ...plans]
}

function until(seconds: number | null): string {
  return seconds === null ? 'until it is released' : `until ${toTime(seconds * 1000).slice(0, 10)}`
}

function forHowLong({ days_after_charge, release_after, expires_on }: ReservePlan): string {
  const span = days_after_charge === null ? until(release_after) : `for ${days_after_charge} days each`
  return expires_on === null
    ? span
    : `${span}; the plan itself ends on ${toTime(expires_on * 1000).slice(0, 10)}`
}

function secondsToTime(seconds: number | null): string | null {
  return seconds === null ? null : toTime(seconds * 1000)
}
