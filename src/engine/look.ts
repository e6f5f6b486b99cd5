/** Asks Stripe how the thing an instance stands for is now, as something that happened to that instance. */
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { FetchStart } from '../../machines/observation.ts'
import type { MachineName } from '../../machines/lifecycles.ts'
import type { AsOf, Observation } from '../../machines/watermark.ts'
import { externalIdWithin } from '../ids.ts'
import { spanOf, type Gateway } from '../stripe/gateway.ts'
import { AccountId, PaymentIntentId, PayoutId } from '../stripe/ids.ts'
import { AccountObject, PaymentIntentObject } from '../stripe/objects.ts'
import { BalanceObject, PayoutObject } from '../stripe/payout-objects.ts'
import { observeAccount } from '../accounts/observe.ts'
import { observePaymentIntent } from '../payments/observe.ts'
import { negativeBalances, observePayout } from '../payouts/observe.ts'
import { failedCall } from '../stripe/errors.ts'
import type { InstanceEvent } from './unit-of-work.ts'
import { fetchRelated } from '../payments/fetch.ts'

export interface FetchDeps {
  stripe: Gateway
  now: () => number
}

/** What is looked at, and its `seq` as it was loaded before: the answer outranks everything stored by then. */
export interface Subject {
  machine: MachineName
  id: string
  account: string
  seq: number
  /** The pieces that cannot be believed until Stripe was asked for them, as `suspects` names them. */
  suspect: readonly string[]
  /** Also what decides nothing but explains: an account's balance, at the cost of another call. */
  explain?: boolean
  /** The refresh the instance owes is what this is. */
  isOwed: boolean
}

/**
 * Shows at least every piece that events speak of and that is suspect: what an answer leaves out stays as it was.
 * @throws what a Stripe call throws, unless that is itself the answer: out of reach, or not there.
 */
export async function look(deps: FetchDeps, subject: Subject): Promise<InstanceEvent[]> {
  const asked = { seq: subject.seq, at: deps.now(), isOwed: subject.isOwed }
  switch (subject.machine) {
    case 'account':
      return lookAtAccount(deps, subject, asked)
    case 'payment':
      return lookAtPayment(deps, subject, asked)
    case 'payout':
      return lookAtPayout(deps, subject, asked)
  }
}

async function lookAtAccount(
  deps: FetchDeps,
  { id, account, explain = false }: Subject,
  asked: FetchStart,
): Promise<InstanceEvent[]> {
  const base = { machine: 'account', id, account } as const
  try {
    const [{ value, as_of }, balance] = await Promise.all([
      deps.stripe.retrieveAccount(AccountId.parse(account)),
      explain ? lookAtBalance(deps, account) : null,
    ])
    const object = AccountObject.parse(value)
    const observation = {
      ...observeAccount(object),
      ...balance?.observation,
      connection: 'connected' as const,
    }
    const name = object.metadata?.gatehouse_external_id
    return [
      {
        ...base,
        event: {
          type: 'stripe.observed',
          as_of: hull([as_of, ...(balance ? [balance.as_of] : [])]),
          observation,
          asked,
        },
      },
      ...(name === undefined
        ? []
        : [{ ...base, event: { type: 'account.named' as const, external_id: name } }]),
    ]
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind !== 'no_access') throw error
    const as_of = spanOf(failed.headers, deps.now() - asked.at)
    return [
      {
        ...base,
        event: { type: 'stripe.observed', as_of, observation: { connection: 'disconnected' }, asked },
      },
    ]
  }
}

/** Null: Stripe would not show it now, and what it explains can wait. */
async function lookAtBalance(
  deps: FetchDeps,
  account: string,
): Promise<{ observation: Observation<AccountFacts>; as_of: AsOf } | null> {
  try {
    const { value, as_of } = await deps.stripe.retrieveBalance(AccountId.parse(account))
    return { observation: { negative_balances: negativeBalances(BalanceObject.parse(value)) }, as_of }
  } catch (error) {
    if (failedCall(error)) return null
    throw error
  }
}

/** Stripe will not show what an account has: there is no such object, or the account itself is out of reach. */
function unseen(
  deps: FetchDeps,
  { account, asked, error }: { account: string; asked: FetchStart; error: unknown },
): { reason: string; account: InstanceEvent[] } {
  const failed = failedCall(error)
  if (failed?.failure.kind === 'refused' && failed.failure.status === 404)
    return { reason: 'Stripe has no such object', account: [] }
  if (failed?.failure.kind !== 'no_access') throw error
  const as_of = spanOf(failed.headers, deps.now() - asked.at)
  const observation = { connection: 'disconnected' as const }
  const event = { type: 'stripe.observed', as_of, observation } as const
  return {
    reason: 'the account is out of reach',
    account: [{ machine: 'account', id: account, account, event }],
  }
}

async function lookAtPayment(
  deps: FetchDeps,
  { id, account, suspect }: Subject,
  asked: FetchStart,
): Promise<InstanceEvent[]> {
  const base = { machine: 'payment', id, account } as const
  const [acting, intent] = [AccountId.parse(account), PaymentIntentId.parse(id)]
  try {
    const { value, as_of } = await deps.stripe.retrievePaymentIntent(acting, intent)
    const object = PaymentIntentObject.parse(value)
    const beside = await fetchRelated(deps.stripe, { acting, object, suspect })
    const observation = { ...observePaymentIntent(object), ...beside.observation }
    const spans = [as_of, ...beside.spans]
    const request = object.metadata?.gatehouse_request
    return [
      { ...base, event: { type: 'stripe.observed', as_of: hull(spans), observation, asked } },
      ...(request === undefined
        ? []
        : [
            {
              ...base,
              event: { type: 'payment.named' as const, external_id: externalIdWithin(account, request) },
            },
          ]),
    ]
  } catch (error) {
    const { reason, account: disconnected } = unseen(deps, { account, asked, error })
    return [{ ...base, event: { type: 'stripe.unobservable', reason, asked } }, ...disconnected]
  }
}

/** Its account hears of it from the payout's own instance, as it does after a webhook. */
async function lookAtPayout(
  deps: FetchDeps,
  { id, account }: Subject,
  asked: FetchStart,
): Promise<InstanceEvent[]> {
  const base = { machine: 'payout', id, account } as const
  try {
    const { value, as_of } = await deps.stripe.retrievePayout(AccountId.parse(account), PayoutId.parse(id))
    const observation = observePayout(PayoutObject.parse(value))
    return [{ ...base, event: { type: 'stripe.observed', as_of, observation, asked } }]
  } catch (error) {
    const { reason, account: disconnected } = unseen(deps, { account, asked, error })
    return [{ ...base, event: { type: 'stripe.unobservable', reason, asked } }, ...disconnected]
  }
}

/** Several answers read as one: each was true somewhere between the first question and the last answer. */
function hull(spans: readonly AsOf[]): AsOf {
  return { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) }
}
