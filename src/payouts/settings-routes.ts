/** Reads the balance and the payout schedule from Stripe, and sets the schedule. */
import { account as accountLifecycle } from '../../machines/account/account.ts'
import type { Context } from 'hono'
import { foundAccount } from '../accounts/find.ts'
import { currentAccount, verifyAfterRefusal } from '../accounts/gate.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { advance } from '../engine/advance.ts'
import type { InstanceEvent } from '../engine/unit-of-work.ts'
import { loadedFrom } from '../engine/plan.ts'
import { authenticate } from '../http/authenticate.ts'
import type { Env } from '../http/env.ts'
import { body, defineRoute, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { describeError } from '../log.ts'
import { balanceBody, negativeBalancesEvent } from './balance.ts'
import { requireControl } from './control.ts'
import { refuseDelay, ScheduleBody, scheduleBody, SetSchedule, settingsParams } from './schedule.ts'
import { BalanceBody } from './schemas.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { AccountId } from '../stripe/ids.ts'
import { BalanceSettingsObject } from '../stripe/payout-objects.ts'
import { observePayoutSettings } from '../accounts/observe.ts'
import { failedCall } from '../stripe/errors.ts'

const balance = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/balance',
  summary: 'Read the account’s balance, live from Stripe',
  request: { params: AccountParams },
  responses: {
    200: json(BalanceBody, 'The balance, by currency, in minor units.'),
    ...problems('account_not_found', 'stripe_refused', 'stripe_unavailable'),
  },
})

const schedule = defineRoute({
  method: 'get',
  path: '/v1/accounts/{account}/payout_schedule',
  summary: 'Read the account’s payout schedule, live from Stripe',
  request: { params: AccountParams },
  responses: {
    200: json(ScheduleBody, 'The schedule.'),
    ...problems('account_not_found', 'stripe_refused', 'stripe_unavailable'),
  },
})

const setSchedule = defineRoute({
  method: 'put',
  path: '/v1/accounts/{account}/payout_schedule',
  summary: 'Set the account’s payout schedule',
  description:
    'Replaces the whole schedule. The same request again changes nothing, so it needs no `Idempotency-Key`; of two concurrent requests, the later one wins. If the account’s controller does not allow the change, the answer gives the reason.',
  request: { params: AccountParams, body: body(SetSchedule) },
  responses: {
    200: json(ScheduleBody, 'The schedule as set at Stripe.'),
    ...problems(
      'invalid_json',
      'account_not_found',
      'payouts_not_controlled',
      'schedule_not_allowed',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

export const payoutSettings = newRouter()
  .openapi(balance, async (c) => {
    const row = await authenticatedAccount(c, c.req.valid('param').account)
    const { deps } = c.var
    const live = accountLifecycle.read(row)
    const answer = await callStripe(c, row, (account) => deps.stripe.retrieveBalance(account))
    const instanceEvent = negativeBalancesEvent(answer, live)
    if (instanceEvent) await saveObservation(c, row, instanceEvent)
    const { livemode } = deps.config.stripe
    return c.json(balanceBody(answer, { account: live, livemode }), 200)
  })
  .openapi(schedule, async (c) => {
    const row = await authenticatedAccount(c, c.req.valid('param').account)
    const { stripe } = c.var.deps
    const { value } = await callStripe(c, row, (account) => stripe.retrieveBalanceSettings(account))
    return c.json(scheduleBody(row.id, observePayoutSettings(BalanceSettingsObject.parse(value))), 200)
  })
  .openapi(setSchedule, async (c) => {
    const request = c.req.valid('json')
    const row = await authenticatedAccount(c, c.req.valid('param').account)
    const { deps, requestId } = c.var
    const live = await currentAccount(deps, row, requestId)
    requireControl(live)
    refuseDelay(request, live)
    const { id } = row
    const answer = await callStripe(c, row, (account) =>
      deps.stripe.updateBalanceSettings(account, settingsParams(request)),
    )
    const payout_settings = observePayoutSettings(BalanceSettingsObject.parse(answer.value))
    const event = { type: 'stripe.observed', as_of: answer.as_of, observation: { payout_settings } } as const
    await saveObservation(c, row, { machine: 'account', id, account: id, event })
    return c.json(scheduleBody(id, payout_settings), 200)
  })

async function authenticatedAccount(c: Context<Env>, account: string): Promise<InstanceRow> {
  const {
    rows: [row],
  } = await authenticate(c, [selectInstance('account', account)])
  return foundAccount(row, account)
}

/** If Stripe denies access to an account that is stored as connected, verifies the account at once. */
async function callStripe<T>(
  c: Context<Env>,
  row: InstanceRow,
  call: (account: AccountId) => Promise<T>,
): Promise<T> {
  const { deps, requestId } = c.var
  try {
    return await call(AccountId.parse(row.id))
  } catch (error) {
    const failed = failedCall(error)
    if (failed?.failure.kind === 'no_access' && row.value['connection'] === 'connected')
      await verifyAfterRefusal(deps, { failed, row, requestId })
    throw error
  }
}

/** A failure here is only logged: the next event or fetch shows the same facts. */
async function saveObservation(
  c: Context<Env>,
  row: InstanceRow,
  instanceEvent: InstanceEvent,
): Promise<void> {
  const { deps, requestId } = c.var
  const unit = { cause: { kind: 'command', id: requestId }, events: [instanceEvent] } as const
  try {
    await advance(deps, [unit], loadedFrom('account', row.id, row))
  } catch (error) {
    deps.log({
      level: 'warn',
      message: 'answer not saved',
      request_id: requestId,
      error: describeError(error),
    })
  }
}
