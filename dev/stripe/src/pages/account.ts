import type { Hono } from 'hono'
import { html } from 'hono/html'
import { capabilityView } from '../accounts/capabilities.ts'
import { externalAccounts } from '../accounts/change.ts'
import { orEmpty } from '../accounts/requirements.ts'
import type { AccountRecord } from '../core/records.ts'
import { money } from '../payments/amounts.ts'
import { balanceView } from '../payments/balance.ts'
import type { Runtime } from '../runtime.ts'
import { payments, payouts } from './account-money.ts'
import { accountMoves } from './account-moves.ts'
import { badge } from './accounts.ts'
import { simulatorPage } from './buttons.ts'
import type { Html } from './layout.ts'

/** The page of one account: its state, its possible moves, its payments and payouts. */
export function registerAccountPage(app: Hono, runtime: Runtime): void {
  app.get('/accounts/:id', (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const record = world.tables.accounts.get(c.req.param('id'))
    if (record === undefined) return c.text('There is no such account.', 404)
    return c.html(
      simulatorPage(
        runtime,
        record.account.id,
        '',
        html`<p>
            ${badge(record)}
            <a href="/events?account=${record.account.id}">Events of this account</a>
          </p>
          <div class="columns">${facts(record)}${funds(runtime, record)}</div>
          ${accountMoves(record)} ${payments(world, record)} ${payouts(world, record)}
          <section>
            <details>
              <summary>The whole record as JSON</summary>
              <pre>${JSON.stringify(record, null, 2)}</pre>
            </details>
          </section>`,
      ),
    )
  })
}

function facts(record: AccountRecord): Html {
  const { account } = record
  const requirements = account.requirements
  return html`<section aria-labelledby="facts">
    <h2 id="facts">Facts</h2>
    <dl>
      <dt>Charges</dt>
      <dd>${account.charges_enabled ? 'enabled' : 'disabled'}</dd>
      <dt>Payouts</dt>
      <dd>${account.payouts_enabled ? 'enabled' : 'disabled'}</dd>
      <dt>Details</dt>
      <dd>${account.details_submitted ? 'submitted' : 'not submitted'}</dd>
      ${Object.keys(record.requested).map(
        (name) =>
          html`<dt class="mono">${name}</dt>
            <dd>${capabilityView(record, name).status}</dd>`,
      )}
      <dt>Disabled because</dt>
      <dd class="mono">${requirements?.disabled_reason ?? 'not disabled'}</dd>
      ${list('Past due', requirements?.past_due)} ${list('Currently due', requirements?.currently_due)}
      ${list('Pending', requirements?.pending_verification)}
      ${
        requirements?.current_deadline == null
          ? ''
          : html`<dt>Deadline</dt>
              <dd>${new Date(requirements.current_deadline * 1000).toUTCString()}</dd>`
      }
      <dt>Platform</dt>
      <dd>
        ${record.connected ? (record.controlled ? 'connected, controls the account' : 'connected') : 'disconnected'}
      </dd>
    </dl>
  </section>`
}

function list(label: string, items: readonly string[] | null | undefined): Html | '' {
  const all = orEmpty(items)
  return all.length === 0
    ? ''
    : html`<dt>${label}</dt>
        <dd class="mono">${all.join(', ')}</dd>`
}

function funds(runtime: Runtime, record: AccountRecord): Html {
  const { available, pending } = balanceView(runtime.world(), record.account.id)
  const schedule = record.account.settings?.payouts?.schedule
  return html`<section aria-labelledby="funds">
    <h2 id="funds">Balance</h2>
    <dl>
      ${available.map(
        ({ amount, currency }, index) =>
          html`<dt>Available</dt>
            <dd>${money(amount, currency)}</dd>
            <dt>Pending</dt>
            <dd>${money(pending[index]?.amount ?? 0, currency)}</dd>`,
      )}
      <dt>Payouts</dt>
      <dd>
        ${schedule?.interval ?? ''}${record.nextPayoutMs === null ? '' : html`, next ${new Date(record.nextPayoutMs).toUTCString()}`}
      </dd>
      ${externalAccounts(record).map(
        (bank) =>
          html`<dt>Bank account</dt>
            <dd>
              <span class="mono">${record.bankNumbers[bank.id] ?? `…${bank.last4}`}</span> (${bank.status})
            </dd>`,
      )}
    </dl>
  </section>`
}
