import type Stripe from 'stripe'
import { invalidParameter } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** Who is responsible for what on a connected account. The deprecated `type` stands for one such combination. */
export interface TypeAndController {
  readonly type: Stripe.Account['type']
  readonly controller: Stripe.Account.Controller
}

type CreateParams = Pick<Stripe.AccountCreateParams, 'controller' | 'type'>

/** The defaults give an account with a full dashboard that Stripe onboards and is liable for. */
export function resolveController({ switches }: World, params: CreateParams): TypeAndController {
  const both = params.type !== undefined && params.controller !== undefined
  if (both && switches.type_beside_controller === 'refused') {
    throw invalidParameter('You may only specify one of these parameters: type, controller.', {
      code: 'parameters_exclusive',
      param: 'type',
    })
  }
  if (params.type !== undefined) return BY_TYPE[params.type] ?? STANDARD
  const { controller = {} } = params
  const payer = controller.fees?.payer ?? 'account'
  const losses = controller.losses?.payments ?? 'stripe'
  const collection = controller.requirement_collection ?? 'stripe'
  const dashboard = controller.stripe_dashboard?.type ?? 'full'
  if (losses === 'application' && payer !== 'application')
    throw controllerError(LOSSES_REQUIRE_FEES, 'controller[fees][payer]')
  if (collection === 'application' && (dashboard !== 'none' || losses !== 'application')) {
    throw controllerError(COLLECTION_REQUIRES_NO_DASHBOARD, 'controller[requirement_collection]')
  }
  return sharedController('none', { payer, losses, collection, dashboard })
}

/** Whether the platform is liable for the account's losses. Only then may it reject the account. */
export function platformIsLiable(account: Stripe.Account): boolean {
  return account.controller?.losses?.payments === 'application'
}

interface Parts {
  readonly payer: string
  readonly losses: string
  readonly collection: string
  readonly dashboard: string
}

/** Accounts with the same controller share one object, which saves memory. */
const SHARED = new Map<string, TypeAndController>()

function sharedController(type: Stripe.Account['type'], parts: Parts): TypeAndController {
  const key = `${type} ${Object.values(parts).join(' ')}`
  const controller = SHARED.get(key) ?? newController(type, parts)
  SHARED.set(key, controller)
  return controller
}

function newController(type: Stripe.Account['type'], parts: Parts): TypeAndController {
  return {
    type,
    controller: {
      fees: { payer: parts.payer },
      is_controller: true,
      losses: { payments: parts.losses },
      requirement_collection: parts.collection,
      stripe_dashboard: { type: parts.dashboard },
      type: 'application',
    },
  }
}

const STANDARD = sharedController('standard', {
  payer: 'account',
  losses: 'stripe',
  collection: 'stripe',
  dashboard: 'full',
})

const BY_TYPE: Readonly<Record<string, TypeAndController>> = {
  standard: STANDARD,
  express: sharedController('express', {
    payer: 'application_express',
    losses: 'application',
    collection: 'stripe',
    dashboard: 'express',
  }),
  custom: sharedController('custom', {
    payer: 'application_custom',
    losses: 'application',
    collection: 'application',
    dashboard: 'none',
  }),
}

const LOSSES_REQUIRE_FEES =
  'When `controller[losses][payments]` is `application`, `controller[fees][payer]` must also be `application`.'
const COLLECTION_REQUIRES_NO_DASHBOARD =
  'When `controller[requirement_collection]` is `application`, `controller[losses][payments]` must be `application` and `controller[stripe_dashboard][type]` must be `none`.'

function controllerError(message: string, param: string): Error {
  return invalidParameter(message, { param })
}

/** Whether the platform may raise the payout delay. It needs liability for the account's losses. */
export function mayRaisePayoutDelay({ switches }: World, account: Stripe.Account): boolean {
  return switches.delay_days === 'allowed' || platformIsLiable(account)
}
