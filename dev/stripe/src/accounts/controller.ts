import type Stripe from 'stripe'
import { invalidParameter } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** Who answers for what on a connected account; the deprecated `type` is a spelling of one of these. */
export interface Shape {
  readonly type: Stripe.Account['type']
  readonly controller: Stripe.Account.Controller
}

type CreateParams = Pick<Stripe.AccountCreateParams, 'controller' | 'type'>

/** Every default is the full-dashboard account that Stripe itself onboards and answers for. */
export function shapeOf({ switches }: World, params: CreateParams): Shape {
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
    throw refuse(LOSSES_NEED_FEES, 'controller[fees][payer]')
  if (collection === 'application' && (dashboard !== 'none' || losses !== 'application')) {
    throw refuse(COLLECTION_NEEDS_NONE, 'controller[requirement_collection]')
  }
  return shape('none', { payer, losses, collection, dashboard })
}

/** Whether the platform answers for the account; only then may it reject it or delete it while live. */
export function platformIsLiable(account: Stripe.Account): boolean {
  return account.controller?.losses?.payments === 'application'
}

export function hasHostedDashboard(account: Stripe.Account): boolean {
  return account.controller?.stripe_dashboard?.type !== 'none'
}

interface Parts {
  readonly payer: string
  readonly losses: string
  readonly collection: string
  readonly dashboard: string
}

/** Accounts of one shape share one object. */
const SHAPES = new Map<string, Shape>()

function shape(type: Stripe.Account['type'], parts: Parts): Shape {
  const key = `${type} ${Object.values(parts).join(' ')}`
  const made = SHAPES.get(key) ?? newShape(type, parts)
  SHAPES.set(key, made)
  return made
}

function newShape(type: Stripe.Account['type'], parts: Parts): Shape {
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

const STANDARD = shape('standard', {
  payer: 'account',
  losses: 'stripe',
  collection: 'stripe',
  dashboard: 'full',
})

const BY_TYPE: Readonly<Record<string, Shape>> = {
  standard: STANDARD,
  express: shape('express', {
    payer: 'application_express',
    losses: 'application',
    collection: 'stripe',
    dashboard: 'express',
  }),
  custom: shape('custom', {
    payer: 'application_custom',
    losses: 'application',
    collection: 'application',
    dashboard: 'none',
  }),
}

const LOSSES_NEED_FEES =
  'When `controller[losses][payments]` is `application`, `controller[fees][payer]` must also be `application`.'
const COLLECTION_NEEDS_NONE =
  'When `controller[requirement_collection]` is `application`, `controller[losses][payments]` must be `application` and `controller[stripe_dashboard][type]` must be `none`.'

function refuse(message: string, param: string): Error {
  return invalidParameter(message, { param })
}
