/**
 * The state that each region must end in, by Stripe's documentation of its truth. Written independently of the
 * machines and sharing nothing with them, so that an error in either shows.
 */
import type { MachineName } from '../lifecycles.ts'
import { membersOf, type Truth } from './truth.ts'

type States = Record<string, string>
type Values = Record<string, any>

/** The regions that follow from Stripe's truth alone. A machine without an oracle is not compared. */
export const ORACLES: { [M in MachineName]?: (truth: Truth) => States } = {
  account: accountStates,
  payment: paymentStates,
  payout: payoutStates,
}

function accountStates(truth: Truth): States {
  if (!truth.connected) return { connection: 'disconnected' }
  const account = truth.parts.get('account') as Values
  const capability = (name: string) => membersOf(truth, 'capabilities').get(name)
  return {
    connection: 'connected',
    onboarding: onboarding(account, capability),
    charges: charges(capability('card_payments')),
  }
}

/** https://docs.stripe.com/connect/dashboard#status-badges */
function onboarding(account: Values, capability: (name: string) => unknown): string {
  const reason: string | null = account['disabled_reason']
  const { past_due, currently_due, current_deadline } = account['requirements'] as Values
  if (reason?.startsWith('rejected.')) return 'rejected'
  if (reason === 'under_review' || reason === 'listed') return 'in_review'
  if (reason !== null && !reason.startsWith('requirements.')) return 'suspended'
  if (account['details_submitted'] !== true) return 'created'
  if (past_due.length > 0 || reason === 'requirements.past_due') return 'restricted'
  if (reason !== null || capability('card_payments') === 'pending' || capability('transfers') === 'pending')
    return 'in_review'
  if (account['charges_enabled'] !== true || capability('card_payments') !== 'active') return 'restricted'
  return currently_due.length > 0 && current_deadline !== null ? 'restricted_soon' : 'enabled'
}

function charges(status: unknown): string {
  if (status === undefined || status === 'unrequested') return 'unrequested'
  return status === 'active' || status === 'pending' ? status : 'inactive'
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
function paymentStates(truth: Truth): States {
  const intent = truth.parts.get('payment') as Values
  const known = ['processing', 'succeeded', 'canceled']
  const requires = ['payment_method', 'confirmation', 'action', 'capture'].map((what) => `requires_${what}`)
  const all = (name: string) => [...membersOf(truth, name).values()] as Values[]
  // The release of an uncaptured amount refunds nothing.
  const given = all('refunds').filter(
    ({ status, released }) => !released && status !== 'failed' && status !== 'canceled',
  )
  const back = given.reduce((sum, { amount }) => sum + (amount as number), 0)
  const disputes = all('disputes').map(({ status }) => status as string)
  const over = new Set(['won', 'lost', 'warning_closed'])
  return {
    payment: [...known, ...requires].includes(intent['status']) ? intent['status'] : 'unrecognized',
    refund: back === 0 ? 'none' : back >= intent['amount_received'] ? 'full' : 'partial',
    dispute:
      disputes.length === 0
        ? 'none'
        : disputes.some((status) => !over.has(status))
          ? 'open'
          : disputes.includes('lost')
            ? 'lost'
            : 'won',
  }
}

/** https://docs.stripe.com/api/payouts/object#payout_object-status. Time alone settles a payout, which no truth of Stripe's shows. */
function payoutStates(truth: Truth): States {
  const { status } = truth.parts.get('payout') as Values
  const known = ['pending', 'in_transit', 'paid', 'failed', 'canceled']
  return { payout: known.includes(status) ? status : 'unrecognized' }
}
