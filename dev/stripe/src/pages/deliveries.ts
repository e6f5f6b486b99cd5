import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { World } from '../core/world.ts'
import type { Runtime } from '../runtime.ts'
import { button, simulatorPage } from './buttons.ts'
import { deliveryBadge, formatTime } from './events.ts'
import type { Html } from './layout.ts'

/** The pages of webhook endpoints with their delivery faults, and of the request log with its faults. */
export function registerDeliveryPages(app: Hono, runtime: Runtime): void {
  app.get('/deliveries', (c) => {
    const world = runtime.world()
    const { delivery } = world
    const set = (label: string, body: object) => button(label, '/_sim/delivery', body, '/deliveries')
    return c.html(
      simulatorPage(
        runtime,
        'Webhooks',
        '/deliveries',
        html`<section aria-labelledby="endpoints">
            <h2 id="endpoints">Endpoints</h2>
            ${world.tables.endpoints.size === 0 ? html`<p class="soft">None. Register one with <code>POST /v1/webhook_endpoints</code>.</p>` : ''}
            <dl>
              ${[...world.tables.endpoints.values()].map(
                ({ endpoint, connect }) =>
                  html`<dt>${connect ? 'Connected accounts' : 'Your account'}</dt>
                    <dd>
                      <span class="mono">${endpoint.url}</span> (${endpoint.status},
                      ${endpoint.enabled_events.length === 1 ? endpoint.enabled_events[0] : `${endpoint.enabled_events.length} types`})
                    </dd>`,
              )}
            </dl>
          </section>
          <section aria-labelledby="delivery-faults">
            <h2 id="delivery-faults">Delivery faults</h2>
            <p class="soft">
              ${world.deliveryQueue.size} deliveries wait. Current mode:
              <code>${JSON.stringify(delivery)}</code>
            </p>
            <div class="moves">
              ${set(delivery.hold ? 'Stop holding' : 'Hold all deliveries', { hold: !delivery.hold })}
              ${button('Send the held deliveries', '/_sim/deliver', {}, '/deliveries')}
              ${button('Send the held deliveries shuffled', '/_sim/deliver', { order: 'shuffle' }, '/deliveries')}
              ${set(delivery.duplicate > 0 ? 'Stop duplicating' : 'Duplicate all events', { duplicate: delivery.duplicate === 0 })}
              ${set(delivery.shuffle ? 'Stop shuffling' : 'Shuffle', { shuffle: !delivery.shuffle })}
              ${set(delivery.drop > 0 ? 'Stop dropping' : 'Drop all deliveries', { drop: delivery.drop === 0 })}
              ${set(delivery.same_second ? 'Restart the clock' : 'Stop the clock', { same_second: !delivery.same_second })}
            </div>
          </section>
          ${deliveries(world)}`,
      ),
    )
  })

  app.get('/requests', (c) =>
    c.html(
      simulatorPage(
        runtime,
        'Requests',
        '/requests',
        html`${faults(runtime.world())}
          <section aria-label="Requests">
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Time (UTC)</th>
                    <th scope="col">Request</th>
                    <th scope="col">Account</th>
                    <th scope="col">Answer</th>
                    <th scope="col">Id</th>
                  </tr>
                </thead>
                <tbody>
                  ${runtime
                    .world()
                    .requestLog.slice(-100)
                    .toReversed()
                    .map(
                      (line) =>
                        html`<tr>
                          <td>${formatTime(line.at)}</td>
                          <td class="mono">${line.method} ${line.path}</td>
                          <td class="mono">${line.account ?? ''}</td>
                          <td>${line.status}</td>
                          <td class="mono">${line.id}</td>
                        </tr>`,
                    )}
                </tbody>
              </table>
            </div>
          </section>`,
      ),
    ),
  )
}

const MAX_SHOWN = 50

/** The latest deliveries. */
function deliveries({ tables }: World): Html {
  const latest = [...tables.deliveries.values()].slice(-MAX_SHOWN).toReversed()
  return html`<section aria-labelledby="sent">
    <h2 id="sent">Deliveries</h2>
    ${
      latest.length === 0
        ? html`<p class="soft">None yet.</p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Event</th>
                  <th scope="col">Endpoint</th>
                  <th scope="col">State</th>
                  <th scope="col">Attempts</th>
                </tr>
              </thead>
              <tbody>
                ${latest.map(
                  (delivery) =>
                    html`<tr>
                      <td>
                        <a href="/events/${delivery.event}"
                          >${tables.events.get(delivery.event)?.type ?? delivery.event}</a
                        >
                      </td>
                      <td class="mono">
                        ${tables.endpoints.get(delivery.endpoint)?.endpoint.url ?? delivery.endpoint}
                      </td>
                      <td>${deliveryBadge(delivery)}</td>
                      <td>
                        ${delivery.attempts.map(({ at, outcome }) => html`<small>${formatTime(at)} ${outcome}</small><br />`)}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}

/** Buttons that make the next request fail. */
function faults(world: World): Html {
  const set = (label: string, fault: object) =>
    button(label, '/_sim/faults', { route: '*', ...fault }, '/requests')
  return html`<section aria-labelledby="faults">
    <h2 id="faults">Faults</h2>
    <p class="soft">
      ${world.faults.length === 0 ? 'No faults.' : `${world.faults.length} faults wait for requests.`}
    </p>
    <div class="moves">
      ${set('Fail the next request', { status: 500 })} ${set('Break its connection', { reset: true })}
      ${set('Execute it and lose the answer', { after_commit: true })}
      ${set('Never answer it', { timeout: true })} ${set('Refuse it for the rate limit', { status: 429 })}
    </div>
  </section>`
}
