/** Account Sessions: a short-lived secret that lets the holder's browser show Stripe's embedded components. */
import { z } from '@hono/zod-openapi'
import type { Stripe } from 'stripe'
import type { LiveAccount } from '../../machines/account/account.ts'
import { advance } from '../engine/advance.ts'
import { loadedFrom } from '../engine/plan.ts'
import type { Deps } from '../deps.ts'
import { identifyRequest, openRequest } from '../idempotency/request.ts'
import { Problem } from '../http/problem.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { selectInstance, type InstanceRow } from '../store/instances.ts'
import { insertPending } from '../store/requests.ts'
import { failedCall } from '../stripe/errors.ts'
import { explainGate } from './explain.ts'
import { foundAccount } from './find.ts'
import { currentAccount, gateClosed, verifyAfterRefusal } from './gate.ts'
import { AccountParams } from './schemas.ts'

/**
 * Components that an account with the full Dashboard may use. They show on the platform's pages what its holder can do in
 * the Dashboard. https://docs.stripe.com/connect/supported-embedded-components
 */
const COMPONENTS = [
  'account_management',
  'account_onboarding',
  'balance_report',
  'balances',
  'disputes_list',
  'documents',
  'instant_payouts_promotion',
  'notification_banner',
  'payment_details',
  'payment_disputes',
  'payment_method_settings',
  'payments',
  'payout_details',
  'payout_reconciliation_report',
  'payouts',
  'payouts_list',
  'reporting_chart',
  'tax_registrations',
  'tax_settings',
] as const
export type Component = (typeof COMPONENTS)[number]

const NEEDS_PLATFORM_LOSSES =
  'is only for accounts whose losses the platform bears; an account with the full Dashboard cannot store money this way'
const NEEDS_CARD_ISSUING =
  'is only for accounts that issue cards, which an account whose losses Stripe bears cannot do'
const NEEDS_READER_ORDERS =
  'is only for platforms that order card readers for their accounts; the holder of this account orders their own'

/** Stripe's other components, and why an account with the full Dashboard may not use them. */
const REFUSED_COMPONENTS = {
  financial_account: NEEDS_PLATFORM_LOSSES,
  financial_account_transactions: NEEDS_PLATFORM_LOSSES,
  issuing_card: NEEDS_CARD_ISSUING,
  issuing_cards_list: NEEDS_CARD_ISSUING,
  terminal_hardware_orders: NEEDS_READER_ORDERS,
  terminal_hardware_shop: NEEDS_READER_ORDERS,
} as const satisfies Record<string, string>
export type RefusedComponent = keyof typeof REFUSED_COMPONENTS

const CreateSession = z
  .strictObject({
    components: z
      .array(z.string().max(100))
      .min(1)
      .max(50)
      .openapi({
        description: `The components to show: ${COMPONENTS.map((name) => `\`${name}\``).join(', ')}. Stripe’s other components need an account with other controller properties.`,
        example: ['notification_banner', 'payments', 'payouts', 'documents'],
      }),
  })
  .openapi('CreateAccountSession')

const SessionBody = z
  .object({
    client_secret: z.string().openapi({
      description: 'For Connect.js in the signed-in holder’s browser only. Gatehouse does not store it.',
    }),
    expires_at: z.iso.datetime(),
    publishable_key: z.string(),
  })
  .openapi('AccountSession')

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/account_sessions',
  summary: 'Open embedded components beside the Dashboard',
  description:
    'Optional: the holder has the full Dashboard, and components show parts of it on your own pages. `account_onboarding` needs the `onboard` gate to be open. Needs an `Idempotency-Key`. The secret is never stored, so a retry gets a new one.',
  request: { params: AccountParams, headers: IdempotencyKey, body: body(CreateSession) },
  responses: {
    201: json(SessionBody, 'The session.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
      'account_not_found',
      'gate_closed',
      'idempotency_key_reused',
      'body_too_large',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

export const accountSessions = newRouter().openapi(create, async (c) => {
  const { account } = c.req.valid('param')
  const { deps, requestId } = c.var
  const {
    request,
    rows: [found],
  } = await openRequest(c, await identifyRequest(c), [selectInstance('account', account)])
  const components = requireUsable(c.req.valid('json').components)
  const row = foundAccount(found, account)
  requireServed(await currentAccount(deps, row, requestId), components)
  const session = await openSession(deps, { account, components, row, requestId })
  const at = deps.now()
  // An embedded onboarding form starts onboarding just as a hosted link does.
  const events = components.includes('account_onboarding')
    ? [{ machine: 'account', id: account, account, event: { type: 'onboarding.link_minted', at } } as const]
    : []
  const cause = { kind: 'command', id: requestId } as const
  await advance(
    deps,
    [{ cause, events, record: () => [insertPending({ ...request, at })] }],
    loadedFrom('account', account, row),
  )
  c.header('cache-control', 'no-store')
  const { publishableKey } = deps.config.stripe
  const { client_secret, expires_at } = session
  return c.json(
    { client_secret, expires_at: toTime(expires_at * 1000), publishable_key: publishableKey },
    201,
  )
})

/** @throws Problem gate_closed, if Stripe refuses because of the account */
async function openSession(
  deps: Deps,
  session: { account: string; components: readonly Component[]; row: InstanceRow; requestId: string },
): Promise<Stripe.AccountSession> {
  const { account, components, row, requestId } = session
  try {
    const { value } = await deps.stripe.createAccountSession({
      account,
      components: Object.fromEntries(components.map((name) => [name, { enabled: true }])),
    })
    return value
  } catch (error) {
    const live = await verifyAfterRefusal(deps, { failed: failedCall(error), row, requestId })
    if (live) requireServed(live, components)
    throw error
  }
}

/** @throws Problem invalid_request, with a reason for each refused component */
function requireUsable(names: readonly string[]): Component[] {
  const errors = names.flatMap((name, index) => {
    const refusal = refusalOf(name)
    return refusal === null ? [] : [{ path: `components.${index}`, message: `${name} ${refusal}` }]
  })
  const [first] = errors
  if (!first) return [...new Set(names)] as Component[]
  throw new Problem('invalid_request', `${first.path}: ${first.message}.`, { members: { errors } })
}

function refusalOf(component: string): string | null {
  if ((COMPONENTS as readonly string[]).includes(component)) return null
  return Object.hasOwn(REFUSED_COMPONENTS, component)
    ? REFUSED_COMPONENTS[component as RefusedComponent]
    : 'is not a component of Stripe’s'
}

/** A rejected account cannot be onboarded, but its holder may still see its banner, payments and documents. */
function requireServed(live: LiveAccount, components: readonly Component[]): void {
  const onboards = components.includes('account_onboarding')
  const blockers = explainGate('onboard', live).blockers.filter(
    ({ code }) => onboards || code !== 'account_rejected',
  )
  if (blockers.length > 0) throw gateClosed('onboard', live, blockers)
}
