/** Reads accounts that earlier versions stored. An upcast is never edited: a build that wrote that version has run. */
import { z } from 'zod'
import type { Stored } from '../lifecycle.ts'
import { AsOf, emptyCollection, type Collection } from '../watermark.ts'
import type { PayoutSummary } from './facts.ts'

/** Version 1 kept only the latest payout outcome of each external account. */
const Version1 = z
  .object({
    facts: z
      .object({
        payout_outcomes: z.object({
          items: z.record(
            z.string(),
            z.object({
              as_of: AsOf,
              value: z
                .object({ payout: z.string(), status: z.string(), failure_code: z.string().nullable() })
                .nullable(),
            }),
          ),
        }),
      })
      .loose(),
  })
  .loose()

export function toVersion2({ value, context }: Stored): Omit<Stored, 'version'> {
  const { facts, ...rest } = Version1.parse(context)
  const { payout_outcomes, ...kept } = facts
  const items = Object.entries(payout_outcomes.items).flatMap(([destination, { as_of, value: outcome }]) =>
    outcome === null
      ? []
      : [
          [
            outcome.payout,
            {
              as_of,
              suspect: false,
              value: {
                state: outcome.status,
                destination,
                // The payout's own instance fills in the rest when it begins.
                amount: 0,
                currency: '',
                automatic: true,
                created: as_of.from,
                arrival_date: null,
                failure_code: outcome.failure_code,
                failed_at: outcome.status === 'failed' ? as_of.to : null,
              },
            },
          ] as const,
        ],
  )
  const payouts: Collection<PayoutSummary> = { as_of: null, items: Object.fromEntries(items) }
  return {
    value,
    context: {
      ...rest,
      facts: {
        ...kept,
        payouts,
        payout_settings: null,
        negative_balances: null,
        reserve_holds: emptyCollection(),
        reserve_plans: emptyCollection(),
      },
    },
  }
}
