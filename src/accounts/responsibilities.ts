/** Who is responsible for what, as the account's permanent controller properties say. */
import { unsupportedParts, type ShapePart } from '../../machines/account/derive.ts'
import type { Controller } from '../../machines/account/facts.ts'

export const DASHBOARD_URL = 'https://dashboard.stripe.com/'

/** Why Gatehouse does not serve the account, property by property. */
export function unsupportedDetail(shape: Controller | undefined): string {
  if (!shape) return 'Stripe has not reported the account’s controller properties yet.'
  const reasons = unsupportedParts(shape).map((part) => UNSUPPORTED[part](shape))
  return `The account has controller properties that are not supported here: ${reasons.join('; ')}. It can be read and refunded, but not charged, paid out or onboarded.`
}

const UNSUPPORTED: Record<ShapePart, (shape: Controller) => string> = {
  dashboard: ({ dashboard }) => `its holder has ${dashboardName(dashboard)} instead of the full one`,
  fees_payer: ({ fees_payer }) =>
    fees_payer?.startsWith('application')
      ? `the platform pays Stripe’s fees (${fees_payer}) instead of the account`
      : `Stripe does not say that the account pays its own fees (${fees_payer ?? 'nothing'})`,
  losses: ({ losses }) =>
    losses === 'application'
      ? 'the platform is liable for its losses instead of Stripe'
      : `Stripe does not say that it is liable for the losses (${losses ?? 'nothing'})`,
  requirement_collection: ({ requirement_collection: collector }) =>
    collector === 'application'
      ? 'the platform collects its requirements instead of Stripe'
      : `Stripe does not say that it collects the requirements (${collector ?? 'nothing'})`,
}

function dashboardName(dashboard: string | null): string {
  switch (dashboard) {
    case 'express':
      return 'the Express Dashboard'
    case 'none':
      return 'no Stripe Dashboard'
    case null:
      return 'no Dashboard that Stripe names'
    default:
      return `another kind of Dashboard (${dashboard})`
  }
}

/** For each responsibility, Stripe's own value and what it means. */
export interface Responsibilities {
  dashboard: { type: string | null; url: string | null; detail: string }
  platform_controls: { granted: boolean; detail: string }
  fees: { payer: string | null; detail: string }
  negative_balance: { bearer: string | null; detail: string }
  requirements: { collector: string | null; detail: string }
}

export function responsibilities(shape: Controller): Responsibilities {
  // Of an account that controls itself, Stripe sends only the type. Such an account has the full Dashboard.
  const valueOr = (value: string | null, ofSelfControlled: string) =>
    value ?? (shape.type === 'account' ? ofSelfControlled : null)
  const dashboard = valueOr(shape.dashboard, 'full')
  const payer = valueOr(shape.fees_payer, 'account')
  const bearer = valueOr(shape.losses, 'stripe')
  const collector = valueOr(shape.requirement_collection, 'stripe')
  return {
    dashboard: {
      type: dashboard,
      url: dashboard === 'full' ? DASHBOARD_URL : null,
      detail:
        dashboard === 'full'
          ? 'The holder signs in to Stripe’s own Dashboard. There they see and refund their payments, answer disputes, manage customers and payment methods, change bank accounts and business details, make manual payouts, and answer Stripe’s requests.'
          : `The holder has ${dashboardName(dashboard)}.`,
    },
    platform_controls: {
      granted: shape.is_controller,
      detail: shape.is_controller
        ? controlsDetail({ bearer, collector })
        : 'The platform may charge and refund for the account. The holder alone decides on payouts and their schedule, and may disconnect the platform at any time.',
    },
    fees: {
      payer,
      detail:
        payer === 'account'
          ? 'Stripe takes its fees, including dispute fees, from the account’s balance. The platform earns its application fee on top.'
          : payer?.startsWith('application')
            ? 'Stripe bills its fees to the platform.'
            : UNKNOWN,
    },
    negative_balance: {
      bearer,
      detail:
        bearer === 'stripe'
          ? 'Refunds and disputes are paid from the account’s balance. If it falls below zero, Stripe debits the holder’s bank account where it can and bears the rest; the platform’s balance is never touched. In return Stripe may slow payouts, hold a reserve, or pause or reject the account on its own decision.'
          : bearer === 'application'
            ? 'Refunds and disputes are paid from the account’s balance. If it falls below zero, the platform pays.'
            : UNKNOWN,
    },
    requirements: {
      collector,
      detail:
        collector === 'stripe'
          ? 'Stripe asks the holder for the required information, by e-mail, in its form and in the Dashboard, and decides on it.'
          : collector === 'application'
            ? 'The platform collects the required information and submits it to Stripe.'
            : UNKNOWN,
    },
  }
}

/** An unknown value is never guessed, least of all the value that says who pays. */
const UNKNOWN =
  'Stripe does not say, or says it with a value that this version does not know. The Stripe Dashboard shows who is responsible.'

/** A platform's control over an account depends on the responsibilities it has taken. */
function controlsDetail({ bearer, collector }: { bearer: string | null; collector: string | null }): string {
  const identity =
    collector === 'application'
      ? 'It edits identity and bank details itself.'
      : 'It may not edit identity or bank details.'
  const status =
    bearer === 'application'
      ? 'As it is liable for the losses, it may pause or reject the account at Stripe.'
      : 'It may not pause or reject the account.'
  return `The platform may set the payout schedule and make payouts, and sees the external accounts. The holder cannot disconnect it. ${identity} ${status}`
}
