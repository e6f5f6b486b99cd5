/**
 * Where an account is paid out to, and which of these destinations fail. A payout's instance reports each move to its
 * account. The account keeps the relevant payouts and compares them with the external accounts that Stripe shows.
 */
import {
  byUrgency,
  failureClass,
  isUsable,
  type ExternalStatus,
  type FailureClass,
} from './payout-failure.ts'
import { membersOf, type AsOf, type Collection, type Piece } from '../watermark.ts'
import type { AccountFacts, ExternalAccount, PayoutSummary } from './facts.ts'

/** Bounds the size of a context. Beyond it, the account's status shows these payouts only. */
const MOST_UNDER_WAY = 100
const UNDER_WAY = new Set(['pending', 'in_transit'])
const ARRIVED = new Set(['paid', 'settled'])

type Entry = [payout: string, summary: PayoutSummary]

/** The account's payouts after one has moved, without those that later payouts have made irrelevant. */
export function withPayout(
  known: Collection<PayoutSummary>,
  payout: string,
  piece: Piece<PayoutSummary>,
): Collection<PayoutSummary> {
  const items = { ...known.items, [payout]: piece }
  const all = membersOf({ ...known, items })
  const kept = new Set(all.filter((one) => isRelevant(one, all)).map(([id]) => id))
  for (const [id] of all.filter(isUnderWay).slice(MOST_UNDER_WAY)) kept.delete(id)
  return { ...known, items: Object.fromEntries(Object.entries(items).filter(([id]) => kept.has(id))) }
}

/**
 * A payout is irrelevant once a later one to the same destination is conclusive. The later one may still turn from paid to
 * failed, but stays conclusive, so nothing has to be restored. A canceled payout is kept until any later one ends.
 * Two payouts of one second cannot be ordered: if neither failed, the one with the greater id stays.
 */
function isRelevant([id, summary]: Entry, all: readonly Entry[]): boolean {
  if (isUnderWay([id, summary])) return true
  const since = concludedAt(summary)
  return !all.some(
    ([other, later]) =>
      (isConclusive(later) || (saysNothing(later) && saysNothing(summary))) &&
      later.destination === summary.destination &&
      (later.created > since || (later.created === since && !hasFailed(summary) && other > id)),
  )
}

/** It shows whether payouts to its destination arrive. */
function isConclusive(summary: PayoutSummary): boolean {
  return (summary.state === 'failed' || ARRIVED.has(summary.state)) && !saysNothing(summary)
}

/**
 * It was canceled, or it brought money back: neither shows whether payouts to its destination arrive. If Stripe itself
 * could not debit the bank account, it does: https://docs.stripe.com/connect/payout-reversals
 */
function saysNothing({ state, amount, automatic }: PayoutSummary): boolean {
  if (state === 'canceled') return true
  return amount < 0 && (ARRIVED.has(state) || (state === 'failed' && !automatic))
}

export interface FailingDestination {
  /** The external account; null: Stripe named none. */
  id: string | null
  status: ExternalStatus
  /** The failed payout that needs the most action, the latest of several; null: only the external account fails. */
  payout: ({ id: string } & PayoutSummary) | null
  needs: FailureClass
}

/** The destinations at which a payout would fail now. `payouts_enabled` may stay true all the while. */
export function failingDestinations(facts: AccountFacts): FailingDestination[] {
  const { items } = facts.external_accounts
  const shown = Object.entries(items).flatMap(([id, { value, as_of }]) =>
    value ? [{ id, value, as_of }] : [],
  )
  // A destination that Stripe does not show is known from its payouts only. A deleted one is listed as null.
  const listed = new Set<string | null>(Object.keys(items))
  const hidden = new Set(
    membersOf(facts.payouts)
      .map(([, { destination }]) => destination)
      .filter((id) => !listed.has(id)),
  )
  const destinations = [
    ...shown.map((one) => ({
      id: one.id,
      status: one.value.status,
      isHealthy: isUsable(one.value.status) || isReplaced(one, shown),
    })),
    ...[...hidden].map((id) => ({ id, status: undefined, isHealthy: true })),
  ]
  return destinations.flatMap(({ id, status, isHealthy }) => {
    const failed = failedPayouts(facts, id)
    const open = isHealthy ? failed.filter(([, summary]) => !isObservedSince(facts, summary)) : failed
    if (isHealthy && open.length === 0) return []
    const [worst] = open
      .map(([payout, summary]) => ({
        payout: { id: payout, ...summary },
        needs: failureClass(summary, status),
      }))
      .sort((a, b) => byUrgency(a.needs, b.needs))
    return [{ id, status, ...(worst ?? { payout: null, needs: failureClass(null, status) }) }]
  })
}

interface Shown {
  value: ExternalAccount
  as_of: AsOf
}

/**
 * Stripe pays a currency out to its default external account. A former default may stay listed as errored, although
 * nothing is sent to it any more. There is one default: the one observed last.
 */
function isReplaced({ value: former, as_of }: Shown, shown: readonly Shown[]): boolean {
  return shown.some(
    (other) =>
      former.currency !== null &&
      other.value.currency === former.currency &&
      other.value.default_for_currency &&
      (!former.default_for_currency || other.as_of.from > as_of.to),
  )
}

/** The payout that should arrive next, of those that Stripe has reported. */
export function nextPayout({ payouts }: AccountFacts): Entry | null {
  const dated = membersOf(payouts).filter(
    (one) => isUnderWay(one) && one[1].amount > 0 && one[1].arrival_date !== null,
  )
  const [next] = dated.sort(([, a], [, b]) => (a.arrival_date ?? 0) - (b.arrival_date ?? 0))
  return next ?? null
}

/** The failed payouts to the destination that no later payout outdates, latest first. */
function failedPayouts(facts: AccountFacts, destination: string | null): Entry[] {
  return membersOf(facts.payouts)
    .filter(([, summary]) => summary.destination === destination && hasFailed(summary))
    .filter(([, summary]) => !arrivedElsewhere(facts, summary))
    .sort(([id, a], [other, b]) => concludedAt(b) - concludedAt(a) || (id < other ? 1 : -1))
}

/**
 * If Stripe shows no external accounts at all, only a later payout that arrived elsewhere shows that the holder has
 * replaced the failing one.
 */
function arrivedElsewhere({ external_accounts, payouts }: AccountFacts, failed: PayoutSummary): boolean {
  const { as_of, items } = external_accounts
  if (as_of !== null || Object.keys(items).length > 0) return false
  return membersOf(payouts).some(
    ([, later]) =>
      later.currency === failed.currency &&
      later.created > concludedAt(failed) &&
      ARRIVED.has(later.state) &&
      !saysNothing(later),
  )
}

/** The external account, or a list without it, was observed after the failure, and outdates it. */
function isObservedSince(
  { external_accounts }: AccountFacts,
  { state, destination, failed_at }: PayoutSummary,
) {
  // A bank account's status says nothing about a payout with an unknown status.
  if (state !== 'failed' || failed_at === null) return false
  const item = destination === null ? undefined : external_accounts.items[destination]
  const as_of = item?.as_of ?? external_accounts.as_of
  return as_of !== null && as_of.from > failed_at
}

function hasFailed(summary: PayoutSummary): boolean {
  return summary.state === 'unrecognized' || (summary.state === 'failed' && isConclusive(summary))
}

function isUnderWay([, { state }]: Entry): boolean {
  return UNDER_WAY.has(state)
}

/** Only a payout created after this shows more about its destination. */
function concludedAt({ failed_at, created }: PayoutSummary): number {
  return failed_at ?? created
}
