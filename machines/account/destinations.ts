/**
 * Where an account's money goes, and which of these places fail. A payout's own instance tells its account of each move;
 * the account keeps what still matters, and weighs it against what Stripe shows of its external accounts.
 */
import {
  byMostToDo,
  failureClass,
  isUsable,
  type ExternalStatus,
  type FailureClass,
} from './payout-failure.ts'
import { membersOf, type AsOf, type Collection, type Piece } from '../watermark.ts'
import type { AccountFacts, ExternalAccount, PayoutSummary } from './facts.ts'

/** A bound on what a context may hold. Nobody has so many payouts under way; the status would speak of these only. */
const MOST_UNDER_WAY = 100
const UNDER_WAY = new Set(['pending', 'in_transit'])
const ARRIVED = new Set(['paid', 'settled'])

type Sight = [payout: string, sight: PayoutSummary]

/** What is known of the account's payouts after one has moved. What later payouts have made void is let go. */
export function withPayout(
  known: Collection<PayoutSummary>,
  payout: string,
  piece: Piece<PayoutSummary>,
): Collection<PayoutSummary> {
  const items = { ...known.items, [payout]: piece }
  const all = membersOf({ ...known, items })
  const kept = new Set(all.filter((one) => stillMatters(one, all)).map(([id]) => id))
  for (const [id] of all.filter(isUnderWay).slice(MOST_UNDER_WAY)) kept.delete(id)
  return { ...known, items: Object.fromEntries(Object.entries(items).filter(([id]) => kept.has(id))) }
}

/**
 * A payout that ended says nothing any more once a later one has: made after it, to the same place, and arrived or not.
 * That later one may still turn from paid to failed, but not back into one that says nothing, so this never has to be
 * taken back. One that ended without a word is told once, and makes way for any later one.
 * Which of two of one second is the later nobody knows: where neither was lost, the ids say which one stays.
 */
function stillMatters([id, sight]: Sight, all: readonly Sight[]): boolean {
  if (isUnderWay([id, sight])) return true
  const since = sinceWhen(sight)
  return !all.some(
    ([other, later]) =>
      (tells(later) || (isSilent(later) && isSilent(sight))) &&
      later.destination === sight.destination &&
      (later.created > since || (later.created === since && !isLost(sight) && other > id)),
  )
}

/** It has shown whether payouts to its place arrive. */
function tells(sight: PayoutSummary): boolean {
  return (sight.state === 'failed' || ARRIVED.has(sight.state)) && !isSilent(sight)
}

/**
 * It was called back, or it brought money here, or was to on somebody's wish: of what goes to its place, that says
 * nothing. What Stripe itself could not take from there, it says of the place: https://docs.stripe.com/connect/payout-reversals
 */
function isSilent({ state, amount, automatic }: PayoutSummary): boolean {
  if (state === 'canceled') return true
  return amount < 0 && (ARRIVED.has(state) || (state === 'failed' && !automatic))
}

export interface FailingDestination {
  /** The external account; null: Stripe named none. */
  id: string | null
  status: ExternalStatus
  /** The payout that failed there and needs most, the latest of several; null: the external account alone says so. */
  payout: ({ id: string } & PayoutSummary) | null
  needs: FailureClass
}

/** Where no payout would arrive now. Each is a fact of its own: `payouts_enabled` may stay true all the while. */
export function failingDestinations(facts: AccountFacts): FailingDestination[] {
  const { items } = facts.external_accounts
  const shown = Object.entries(items).flatMap(([id, { value, as_of }]) =>
    value ? [{ id, value, as_of }] : [],
  )
  // A destination Stripe does not show us is known by its payouts alone; one that is gone is nobody's any more.
  const listed = new Set<string | null>(Object.keys(items))
  const unseen = new Set(
    membersOf(facts.payouts)
      .map(([, { destination }]) => destination)
      .filter((id) => !listed.has(id)),
  )
  const places = [
    ...shown.map((one) => ({
      id: one.id,
      status: one.value.status,
      isInOrder: isUsable(one.value.status) || isReplaced(one, shown),
    })),
    ...[...unseen].map((id) => ({ id, status: undefined, isInOrder: true })),
  ]
  return places.flatMap(({ id, status, isInOrder }) => {
    const lost = notArrived(facts, id)
    const open = isInOrder ? lost.filter(([, sight]) => !seenSince(facts, sight)) : lost
    if (isInOrder && open.length === 0) return []
    const [worst] = open
      .map(([payout, sight]) => ({
        payout: { id: payout, ...sight },
        needs: failureClass(sight, status),
      }))
      .sort((a, b) => byMostToDo(a.needs, b.needs))
    return [{ id, status, ...(worst ?? { payout: null, needs: failureClass(null, status) }) }]
  })
}

interface Shown {
  value: ExternalAccount
  as_of: AsOf
}

/**
 * Stripe pays a currency out to its default external account. One that another has become the default in place of may
 * stay listed, errored as it is, and nothing is sent to it any more. There is one default: the one that was seen last.
 */
function isReplaced({ value: left, as_of }: Shown, shown: readonly Shown[]): boolean {
  return shown.some(
    (other) =>
      left.currency !== null &&
      other.value.currency === left.currency &&
      other.value.default_for_currency &&
      (!left.default_for_currency || other.as_of.from > as_of.to),
  )
}

/** The payout that Stripe expects at a bank next, of those it has told of. */
export function nextPayout({ payouts }: AccountFacts): Sight | null {
  const dated = membersOf(payouts).filter(
    (one) => isUnderWay(one) && one[1].amount > 0 && one[1].arrival_date !== null,
  )
  const [next] = dated.sort(([, a], [, b]) => (a.arrival_date ?? 0) - (b.arrival_date ?? 0))
  return next ?? null
}

/** The payouts that failed there, or went where nobody here knows, with none after them that ended; latest first. */
function notArrived(facts: AccountFacts, destination: string | null): Sight[] {
  return membersOf(facts.payouts)
    .filter(([, sight]) => sight.destination === destination && isLost(sight))
    .filter(([, sight]) => !arrivedElsewhere(facts, sight))
    .sort(([id, a], [other, b]) => sinceWhen(b) - sinceWhen(a) || (id < other ? 1 : -1))
}

/**
 * Where Stripe shows no external accounts at all, a payout made later that arrived at another is all that can ever tell
 * that the holder has put that in the place of the one which fails.
 */
function arrivedElsewhere({ external_accounts, payouts }: AccountFacts, lost: PayoutSummary): boolean {
  const { as_of, items } = external_accounts
  if (as_of !== null || Object.keys(items).length > 0) return false
  return membersOf(payouts).some(
    ([, later]) =>
      later.currency === lost.currency &&
      later.created > sinceWhen(lost) &&
      ARRIVED.has(later.state) &&
      !isSilent(later),
  )
}

/** The external account, or a list without it, was seen after the failure; what it says now is the truth. */
function seenSince({ external_accounts }: AccountFacts, { state, destination, failed_at }: PayoutSummary) {
  // What a payout of unknown status wants, no bank account's status answers.
  if (state !== 'failed' || failed_at === null) return false
  const item = destination === null ? undefined : external_accounts.items[destination]
  const as_of = item?.as_of ?? external_accounts.as_of
  return as_of !== null && as_of.from > failed_at
}

function isLost(sight: PayoutSummary): boolean {
  return sight.state === 'unrecognized' || (sight.state === 'failed' && tells(sight))
}

function isUnderWay([, { state }]: Sight): boolean {
  return UNDER_WAY.has(state)
}

/** Only a payout made after this shows more of its destination. */
function sinceWhen({ failed_at, created }: PayoutSummary): number {
  return failed_at ?? created
}
