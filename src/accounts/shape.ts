/** Who is what to whom: the shape an account was made with, in plain words. It is permanent. */
import type { Controller } from '../../machines/account/facts.ts'
import { unsupportedParts, type ShapePart } from '../../machines/account/derive.ts'

export const DASHBOARD_URL = 'https://dashboard.stripe.com/'

/** Why nothing is done for the account, part by part. */
export function unsupportedDetail(shape: Controller | undefined): string {
  if (!shape) return 'Stripe has not told yet what shape the account has.'
  const parts = unsupportedParts(shape).map((part) => UNSUPPORTED[part](shape))
  return `The account was made in a shape that cannot be served here: ${parts.join('; ')}. It can be read and refunded, not charged, paid out or onboarded.`
}

const UNSUPPORTED: Record<ShapePart, (shape: Controller) => string> = {
  dashboard: ({ dashboard }) => `its holder has ${dashboardWords(dashboard)} instead of the full one`,
  fees_payer: ({ fees_payer }) =>
    fees_payer?.startsWith('application')
      ? `the platform pays Stripe’s fees (${fees_payer}) instead of the account`
      : `Stripe does not say that the account pays its own fees (${fees_payer ?? 'nothing'})`,
  losses: ({ losses }) =>
    losses === 'application'
      ? 'the platform answers for its losses instead of Stripe'
      : `Stripe does not say that it answers for its losses (${losses ?? 'nothing'})`,
  requirement_collection: ({ requirement_collection: collector }) =>
    collector === 'application'
      ? 'the platform collects what must be proven instead of Stripe'
      : `Stripe does not say that it collects what must be proven (${collector ?? 'nothing'})`,
}

function dashboardWords(dashboard: string | null): string {
  switch (dashboard) {
    case 'express':
      return 'the Express Dashboard'
    case 'none':
      return 'no Stripe Dashboard'
    case null:
      return 'no Dashboard that Stripe names'
    default:
      return `a Dashboard of another kind (${dashboard})`
  }
}

/** For each question, Stripe's own word and what it means. */
export interface Responsibilities {
  dashboard: { type: string | null; url: string | null; detail: string }
  platform_controls: { granted: boolean; detail: string }
  fees: { payer: string | null; detail: string }
  negative_balance: { bearer: string | null; detail: string }
  requirements: { collector: string | null; detail: string }
}

export function responsibilities(shape: Controller): Responsibilities {
  // A governs-itself account is a full-Dashboard one; Stripe leaves the rest of its shape out.
  const told = (said: string | null, otherwise: string) =>
    said ?? (shape.type === 'account' ? otherwise : null)
  const [dashboard, payer, bearer, collector] = [
    told(shape.dashboard, 'full'),
    told(shape.fees_payer, 'account'),
    told(shape.losses, 'stripe'),
    told(shape.requirement_collection, 'stripe'),
  ]
  return {
    dashboard: {
      type: dashboard,
      url: dashboard === 'full' ? DASHBOARD_URL : null,
      detail:
        dashboard === 'full'
          ? 'The holder signs in to Stripe’s own Dashboard. There they see and refund their payments, answer disputes, manage customers and payment methods, change bank accounts and business details, pay themselves out by hand, and answer what Stripe asks.'
          : `The holder has ${dashboardWords(dashboard)}.`,
    },
    platform_controls: {
      granted: shape.is_controller,
      detail: shape.is_controller
        ? controlsDetail({ bearer, collector })
        : 'The platform may charge and refund for the account. The payout schedule and payouts are the holder’s own, and the holder may disconnect the platform at any time.',
    },
    fees: {
      payer,
      detail:
        payer === 'account'
          ? 'Stripe takes its fees, those of disputes included, from the account’s balance; the platform earns its application fee on top.'
          : payer?.startsWith('application')
            ? 'Stripe bills its fees to the platform.'
            : UNTOLD,
    },
    negative_balance: {
      bearer,
      detail:
        bearer === 'stripe'
          ? 'Refunds and disputes come out of the account’s balance. What it cannot cover Stripe takes from the holder’s bank account where it may, and bears the rest; the platform’s balance is never touched. For that, Stripe may slow payouts, hold a reserve, pause or reject the account by itself.'
          : bearer === 'application'
            ? 'Refunds and disputes come out of the account’s balance. What it cannot cover, the platform pays.'
            : UNTOLD,
    },
    requirements: {
      collector,
      detail:
        collector === 'stripe'
          ? 'Stripe asks the holder, by e-mail and in its form and Dashboard, for what must be proven, and decides on it.'
          : collector === 'application'
            ? 'The platform collects what must be proven and hands it to Stripe.'
            : UNTOLD,
    },
  }
}

/** What is not known is not guessed, least of all who pays. */
const UNTOLD = 'Stripe does not say, or in a word that is not known here. Its Dashboard shows who it is.'

/** What a platform that controls the account may do hangs on what it answers for. */
function controlsDetail({ bearer, collector }: { bearer: string | null; collector: string | null }): string {
  const identity =
    collector === 'application'
      ? 'It edits identity and bank details itself.'
      : 'It may not edit identity or bank details.'
  const standing =
    bearer === 'application'
      ? 'As it answers for the losses, it may pause or reject the account at Stripe.'
      : 'It may not pause or reject the account.'
  return `The platform may set the payout schedule and make payouts, and sees the external accounts. The holder cannot disconnect it. ${identity} ${standing}`
}
