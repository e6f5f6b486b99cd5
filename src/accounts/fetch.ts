/** Fetches an account from Stripe. A failure may be an answer too: the platform has lost access to the account. */
import type { account as accountLifecycle } from '../../machines/account/account.ts'
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { FetchStart } from '../../machines/observation.ts'
import type { AsOf, Observation } from '../../machines/watermark.ts'
import type { FetchDeps, FetchSubject } from '../engine/adapter.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { failedCall } from '../stripe/errors.ts'
import { spanOf, spanOfAll } from '../stripe/gateway.ts'
import { AccountId } from '../stripe/ids.ts'
import { AccountObject } from '../stripe/objects.ts'
import { BalanceObject } from '../stripe/payout-objects.ts'
import { accountFetched } from './events.ts'
import { negativeBalances } from './observe.ts'

type AccountEvent = InstanceEvent<typeof accountLifecycle>

/** If Stripe denies access, the account is disconnected. @throws any other failure of the Stripe call */
export async function fetchAccount(deps: FetchDeps, subject: FetchSubject): Promise<AccountEvent[]> {
  const { account, seq, isOwed, withDetails } = subject
  const asked = { seq, at: deps.now(), isOwed }
  try {
    const [{ value, as_of }, balance] = await Promise.all([
      deps.stripe.retrieveAccount(AccountId.parse(account)),
      withDetails ? fetchBalance(deps, account) : null,
    ])
    const object = AccountObject.parse(value)
    if (!balance) return accountFetched(object, { as_of, asked })
    const details = balance.observation
    return accountFetched(object, { as_of: spanOfAll([as_of, balance.as_of]), asked, details })
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind !== 'no_access') throw error
    const as_of = spanOf(failed.headers, deps.now() - asked.at)
    return [{ machine: 'account', id: account, account, event: { ...disconnected(as_of), asked } }]
  }
}

/** Null if Stripe refuses: the balance only informs, so the fetch of the account goes on without it. */
async function fetchBalance(
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

/**
 * Explains why Stripe does not show an object that an account owns. If the platform has no access, the account is
 * disconnected; if the object does not exist, nothing changes for the account. @throws any other failure
 */
export function explainUnobservable(
  deps: Pick<FetchDeps, 'now'>,
  { account, asked, error }: { account: string; asked: FetchStart; error: unknown },
): { reason: string; account: AccountEvent[] } {
  const failed = failedCall(error)
  if (failed?.failure.kind === 'refused' && failed.failure.status === 404)
    return { reason: 'Stripe has no such object', account: [] }
  if (failed?.failure.kind !== 'no_access') throw error
  const event = disconnected(spanOf(failed.headers, deps.now() - asked.at))
  return {
    reason: 'the account is out of reach',
    account: [{ machine: 'account', id: account, account, event }],
  }
}

function disconnected(as_of: AsOf) {
  return { type: 'stripe.observed', as_of, observation: { connection: 'disconnected' } } as const
}
