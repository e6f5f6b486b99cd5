import type { Hono } from 'hono'
import { html } from 'hono/html'
import { statusBadge } from '../accounts/status-badge.ts'
import type { AccountRecord } from '../core/records.ts'
import type { Runtime } from '../runtime.ts'
import { button, simulatorPage } from './buttons.ts'
import type { Html } from './layout.ts'

const MAX_SHOWN = 50

/** The front page: the clock, and the platform's connected accounts, newest first. */
export function registerAccountsPage(app: Hono, runtime: Runtime): void {
  app.get('/', (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const { accounts } = world.tables
    const ids = accounts.ids(world.platform.account)
    const latest = ids.slice(-MAX_SHOWN).toReversed()
    return c.html(
      simulatorPage(
        runtime,
        'Connected accounts',
        '/',
        html`<div class="columns">
            <section aria-labelledby="clock">
              <h2 id="clock">Stripe's clock</h2>
              <p class="soft">Moving the clock runs everything that falls due on the way, in order.</p>
              <div class="moves">
                ${CLOCK.map(([label, seconds]) => button(label, '/_sim/clock', { advance_s: seconds }, '/'))}
              </div>
            </section>
            <section aria-labelledby="make">
              <h2 id="make">New accounts</h2>
              <p class="soft">They get their state at once, without events.</p>
              <div class="moves">
                ${['new', 'enabled', 'restricted_soon', 'restricted', 'in_review', 'rejected'].map((state) =>
                  button(state.replaceAll('_', ' '), '/_sim/accounts', { state }, '/'),
                )}
              </div>
            </section>
          </div>
          <section aria-labelledby="list">
            <h2 id="list">${ids.length === 0 ? 'No accounts yet' : `${ids.length} accounts`}</h2>
            ${
              ids.length === 0
                ? html`<p class="soft">
                    Create one with <code>POST /v1/accounts</code>, or with a button above.
                  </p>`
                : html`<div class="scroll">
                    <table>
                      <thead>
                        <tr>
                          <th scope="col">Account</th>
                          <th scope="col">State</th>
                          <th scope="col">E-mail</th>
                          <th scope="col">Charges</th>
                          <th scope="col">Payouts</th>
                          <th scope="col">Disabled because</th>
                        </tr>
                      </thead>
                      <tbody>
                        ${latest.map((id) => row(runtime, id))}
                      </tbody>
                    </table>
                  </div>`
            }
            ${ids.length > MAX_SHOWN ? html`<p class="soft">The latest ${MAX_SHOWN} are shown.</p>` : ''}
          </section>`,
      ),
    )
  })
}

const CLOCK: readonly (readonly [string, number])[] = [
  ['+1 minute', 60],
  ['+1 hour', 3600],
  ['+1 day', 86_400],
  ['+1 week', 604_800],
]

function row(runtime: Runtime, id: string): Html | '' {
  const record = runtime.world().tables.accounts.get(id)
  if (record === undefined) return ''
  const { account } = record
  return html`<tr>
    <td><a class="mono" href="/accounts/${id}">${id}</a></td>
    <td>${badge(record)}</td>
    <td>${account.email ?? ''}</td>
    <td>${account.charges_enabled ? 'on' : 'off'}</td>
    <td>${account.payouts_enabled ? 'on' : 'off'}</td>
    <td class="mono">${account.requirements?.disabled_reason ?? ''}</td>
  </tr>`
}

export function badge(record: AccountRecord): Html {
  const name = statusBadge(record)
  const tone =
    name === 'enabled' ? 'good' : name === 'restricted_soon' || name === 'in_review' ? 'warn' : 'bad'
  return html`<span class="badge ${tone}">${name.replaceAll('_', ' ')}</span>`
}
