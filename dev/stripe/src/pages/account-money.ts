import { html } from 'hono/html'
import type Stripe from 'stripe'
import { idOf } from '../core/json.ts'
import type { AccountRecord } from '../core/records.ts'
import type { World } from '../core/world.ts'
import { money } from '../payments/amounts.ts'
import { disputeOf, nextStatuses } from '../payments/dispute-status.ts'
import { button } from './buttons.ts'
import type { Html } from './layout.ts'

const MAX_SHOWN = 20

/** The latest payments, with buttons for what buyers and their banks can do. */
export function payments(world: World, { account }: AccountRecord): Html {
  const { tables } = world
  const latest = tables.paymentIntents.ids(account.id).slice(-MAX_SHOWN).toReversed()
  return html`<section aria-labelledby="payments">
    <h2 id="payments">Payments</h2>
    ${
      latest.length === 0
        ? html`<p class="soft">
            None yet. Create one with the header <code>Stripe-Account: ${account.id}</code>.
          </p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Payment</th>
                  <th scope="col">Amount</th>
                  <th scope="col">Status</th>
                  <th scope="col">Actions</th>
                </tr>
              </thead>
              <tbody>
                ${latest.map((id) => {
                  const intent = tables.paymentIntents.get(id)
                  const charge = tables.charges.get(idOf(intent?.latest_charge))
                  const dispute = charge === undefined ? undefined : disputeOf(world, charge)
                  const refunds = tables.refunds
                    .ids(account.id)
                    .flatMap((one) => tables.refunds.get(one) ?? [])
                  const ofCharge = refunds.filter((refund) => refund.charge === charge?.id)
                  return intent === undefined
                    ? ''
                    : paymentRow({ intent, dispute, refunds: ofCharge }, `/accounts/${account.id}`)
                })}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}

interface Payment {
  readonly intent: Stripe.PaymentIntent
  readonly dispute: Stripe.Dispute | undefined
  readonly refunds: readonly Stripe.Refund[]
}

function paymentRow({ intent, dispute, refunds }: Payment, back: string): Html {
  const control = (name: string) => `/_sim/payment_intents/${intent.id}/${name}`
  return html`<tr>
    <td class="mono">${intent.id}</td>
    <td>${money(intent.amount, intent.currency)}</td>
    <td>
      ${asWords(intent.status)}${dispute === undefined ? '' : `, dispute ${asWords(dispute.status)}`}
      ${refunds.map(({ amount, status }) => html`<br /><small>refund of ${money(amount, intent.currency)} ${asWords(status ?? '')}</small>`)}
    </td>
    <td>
      <div class="moves">
        ${
          dispute === undefined
            ? paymentActions(intent.status, control, back)
            : nextStatuses(dispute.status).map((status) =>
                button(asWords(status), control('dispute'), { status }, back),
              )
        }
        ${refunds.map(({ id, status }) =>
          status === 'failed' ? '' : button('Fail the refund', `/_sim/refunds/${id}/fail`, {}, back),
        )}
      </div>
    </td>
  </tr>`
}

function asWords(status: string): string {
  return status.replaceAll('_', ' ')
}

function paymentActions(status: string, control: (name: string) => string, back: string): readonly Html[] {
  switch (status) {
    case 'succeeded':
      return [
        button('Dispute', control('dispute'), {}, back),
        button('Inquiry', control('dispute'), { inquiry: true }, back),
        button('Fraud warning', control('fraud_warning'), {}, back),
      ]
    case 'requires_action':
      return [
        button('Authenticate', control('authenticate'), {}, back),
        button('Fail authentication', control('authenticate'), { passed: false }, back),
      ]
    case 'requires_payment_method':
    case 'requires_confirmation':
      return [
        button('Pay', control('pay'), {}, back),
        button(
          'Pay with a card that requires authentication',
          control('pay'),
          { payment_method: 'pm_card_authenticationRequired' },
          back,
        ),
      ]
    case 'processing':
      return [button('Finish processing', control('process'), {}, back)]
    default:
      return []
  }
}

/** The latest payouts, with buttons for what their banks can do. */
export function payouts({ tables }: World, { account }: AccountRecord): Html {
  const latest = tables.payouts.ids(account.id).slice(-MAX_SHOWN).toReversed()
  const back = `/accounts/${account.id}`
  return html`<section aria-labelledby="payouts">
    <h2 id="payouts">Payouts</h2>
    ${
      latest.length === 0
        ? html`<p class="soft">
            None yet. Available funds are paid out on the next day of the payout schedule.
          </p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Payout</th>
                  <th scope="col">Amount</th>
                  <th scope="col">Status</th>
                  <th scope="col">Arrives</th>
                  <th scope="col">Actions</th>
                </tr>
              </thead>
              <tbody>
                ${latest.map((id) => {
                  const payout = tables.payouts.get(id)
                  return payout === undefined ? '' : payoutRow(payout, back)
                })}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}

function payoutRow(payout: Stripe.Payout, back: string): Html {
  const control = `/_sim/payouts/${payout.id}`
  const next = {
    pending: ['in_transit', 'paid', 'failed', 'canceled'],
    in_transit: ['paid', 'failed'],
    paid: ['failed'],
  }[payout.status]
  return html`<tr>
    <td class="mono">${payout.id}</td>
    <td>${money(payout.amount, payout.currency)}</td>
    <td>${asWords(payout.status)} <span class="mono">${payout.failure_code ?? ''}</span></td>
    <td>${new Date(payout.arrival_date * 1000).toISOString().slice(0, 10)}</td>
    <td>
      <div class="moves">
        ${(next ?? []).map((status) => button(asWords(status), control, { status }, back))}
      </div>
    </td>
  </tr>`
}
