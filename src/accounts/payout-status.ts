/** The `payouts` part of an account's status, and the texts about payouts that do not arrive. */
import { z } from '@hono/zod-openapi'
import {
  failingDestinations,
  nextPayout,
  type FailingDestination,
} from '../../machines/account/destinations.ts'
import type { AccountFacts, ReservePlan } from '../../machines/account/facts.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../machines/account/payout-failure.ts'
import { ACTORS } from '../../machines/gates.ts'
import { membersOf } from '../../machines/watermark.ts'
import { toTime } from '../http/time.ts'
import { format } from '../money/currency.ts'

const time = z.iso.datetime()

export const PayoutStatus = z
  .object({
    next: z
      .object({ payout: z.string(), amount: z.int(), currency: z.string(), arrival_date: time.nullable() })
      .nullable()
      .openapi({
        description:
          'The payout that Stripe expects to arrive next. Stripe announces a payout only once it has created it.',
      }),
    failing: z
      .array(
        z.object({
          destination: z.string().nullable(),
          status: z.string().nullable().openapi({ description: 'Stripe’s status of the external account.' }),
          payout: z.string().nullable().openapi({
            description: 'The failed payout that needs the most work to fix; of several alike, the latest.',
          }),
          failure_code: z.string().nullable(),
          failed_at: time.nullable(),
          class: z.enum(Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]]),
          actor: z.enum(ACTORS),
          detail: z.string(),
          reopened_by: z.string(),
        }),
      )
      .openapi({ description: 'External accounts where a payout would not arrive now.' }),
    negative_balances: z.array(z.object({ amount: z.int(), currency: z.string(), detail: z.string() })),
    reserves: z
      .array(z.object({ id: z.string(), kind: z.enum(['hold', 'plan']), detail: z.string() }))
      .openapi({ description: 'The parts of the balance that Stripe’s risk review holds back.' }),
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
      .openapi({ description: 'When Stripe last reported the balance; null if it never has.' }),
  })
  .openapi('PayoutStory')
export type PayoutStatus = z.infer<typeof PayoutStatus>

export function payoutStatus(facts: AccountFacts): PayoutStatus {
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

/** Why a gate is closed by one external account that no payout reaches. */
export function destinationDetail({ id, status, payout, needs }: FailingDestination): string {
  const where = id ?? 'an external account'
  if (payout?.state === 'unrecognized')
    return `Payout ${payout.id} to ${where} has a status that this version does not know. The payout gate stays closed until that status changes.`
  if (payout) return failureDetail(needs, { ...payout, destination: id })
  return needs === 'needs_new_bank_account'
    ? `Stripe pays nothing out to ${where} (${status}). The account holder must correct or replace it in the Stripe Dashboard.`
    : `Stripe reports ${where} as “${status}”, a status that this version does not know. The payout gate stays closed until it is in order.`
}

interface FailedPayout {
  /** The external account; null if Stripe names none. */
  destination: string | null
  failure_code: string | null
  automatic: boolean
  amount: number
}

export function failureDetail(
  needs: FailureClass,
  { destination, failure_code, automatic, amount }: FailedPayout,
): string {
  const where = destination ?? 'an external account that Stripe does not name'
  const code = failure_code === null ? '' : ` (${failure_code})`
  if (amount < 0) return `Stripe could not debit ${where}${code}. Look the payout up in the Stripe Dashboard.`
  switch (needs) {
    case 'heals_by_itself':
      return `A payout to ${where} failed${code}. The external account itself is in order; Stripe pays out again on schedule.`
    case 'needs_new_bank_account':
      return `Payouts to ${where} fail${code}. The account holder must correct or replace it in the Stripe Dashboard; until then Stripe pays nothing out to it.`
    case 'negative_balance':
      return `A payout to ${where} failed because the account’s Stripe balance did not cover it${code}. The balance needs new payments, or funds that the holder adds in the Stripe Dashboard.`
    case 'needs_platform':
      return automatic
        ? `A payout to ${where} did not arrive${code}, for a reason that this version does not know. Look the payout up in the Stripe Dashboard.`
        : `A payout to ${where} failed${code}. It was a manual payout, so Stripe does not repeat it. Once the external account is in order, create a new payout.`
  }
}

/** What re-opens the payout gate, by what the failure needs. */
export const REOPENED_BY: Record<FailureClass, string> = {
  heals_by_itself:
    'Stripe reports the external account in order after the failure, or the next scheduled payout arrives.',
  needs_new_bank_account: 'Stripe reports the bank account corrected or replaced, or a later payout arrives.',
  needs_platform:
    'Stripe reports the external account in order after the failure (a refresh asks Stripe), or a later payout arrives.',
  negative_balance:
    'Stripe reports the external account in order after the failure, or a later payout arrives.',
}

function reopenedBy({ payout, needs }: FailingDestination): string {
  return payout?.state === 'unrecognized'
    ? 'Stripe gives the payout a status that this version knows, or a later payout arrives.'
    : REOPENED_BY[needs]
}

/** `debits`: whether Stripe debits the bank account for a negative balance; null if Stripe does not say. */
export function negativeDetail(currency: string, debits: boolean | null): string {
  const remedy =
    debits === true
      ? 'Stripe debits the holder’s bank account for it where it can; new payments raise the balance too.'
      : 'It takes new payments, or funds that the holder adds in the Stripe Dashboard.'
  return `Nothing is paid out in ${currency} until the balance is positive again. ${remedy}`
}

function reserves({ reserve_holds, reserve_plans }: AccountFacts): PayoutStatus['reserves'] {
  const holds = membersOf(reserve_holds).map(([id, { amount, currency, release_after }]) => ({
    id,
    kind: 'hold' as const,
    detail: `Stripe holds back ${format(amount, currency)} ${until(release_after)}. That amount cannot be paid out.`,
  }))
  const plans = membersOf(reserve_plans).map(([id, plan]) => ({
    id,
    kind: 'plan' as const,
    detail: `Stripe holds back ${plan.percent} % of each charge${plan.currency ? ` in ${plan.currency}` : ''} ${forHowLong(plan)}.`,
  }))
  return [...holds, ...plans]
}

function until(seconds: number | null): string {
  return seconds === null ? 'until Stripe releases it' : `until ${toDay(seconds)}`
}

function forHowLong({ days_after_charge, release_after, expires_on }: ReservePlan): string {
  const span = days_after_charge === null ? until(release_after) : `for ${days_after_charge} days each`
  return expires_on === null ? span : `${span}; the plan itself ends on ${toDay(expires_on)}`
}

function toDay(seconds: number): string {
  return toTime(seconds * 1000).slice(0, 10)
}

function secondsToTime(seconds: number | null): string | null {
  return seconds === null ? null : toTime(seconds * 1000)
}
