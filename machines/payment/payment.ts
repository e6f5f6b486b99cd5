/** The payment lifecycle: its statechart and its stored form. */
import { lifecycle, type Live } from '../lifecycle.ts'
import { withHeardSeq } from '../upcasts.ts'
import { PaymentContext } from './context.ts'
import { feeCheckAt } from './fee-check.ts'
import { paymentMachine } from './machine.ts'
import { paymentRegions } from './regions.ts'
import { membersOf } from '../watermark.ts'

export type LivePayment = Live<PaymentContext>

const HOUR_MS = 3_600_000
/** A PaymentIntent that waits this long for its customer is abandoned. If it moves after all, an event comes. */
const ABANDONED_AFTER_MS = 8 * 24 * HOUR_MS

export const payment = lifecycle({
  name: 'payment',
  machine: paymentMachine,
  regions: paymentRegions,
  version: 2,
  context: PaymentContext,
  upcasts: { 1: withHeardSeq },
  wakeAt: ({ value, context }) => (value['fee'] === 'pending' ? feeCheckAt(context) : null),
  freshFor,
  externalId: ({ context }) => context.external_id,
  aliases: ({ context: { facts } }) => [
    ...Object.keys(facts.charges.items),
    ...Object.keys(facts.fees.items),
  ],
})

/** A payment that Stripe moves is checked within the hour; one that waits for the customer, by `factsMaxAgeMs`. */
function freshFor({ value, context }: LivePayment, factsMaxAgeMs: number): number | null {
  const { facts, verified_at } = context
  const unsettled = membersOf(facts.refunds).some(
    ([, { status }]) => status === 'pending' || status === 'requires_action',
  )
  if (
    value['payment'] === 'processing' ||
    unsettled ||
    (value['payment'] === 'succeeded' && value['fee'] === 'pending')
  ) {
    return HOUR_MS
  }
  if (value['dispute'] === 'open') return factsMaxAgeMs
  if (value['payment'] === 'succeeded' || value['payment'] === 'canceled') return null
  const created = (facts.payment?.value.created ?? 0) * 1000
  const abandoned = verified_at !== null && verified_at - created > ABANDONED_AFTER_MS
  return abandoned ? null : factsMaxAgeMs
}
