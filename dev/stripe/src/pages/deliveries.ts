import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Host } from '../simulator.ts'
import type { World } from '../core/world.ts'
import { stamp, state } from './events.ts'
import type { Html } from './layout.ts'
import { button, playPage } from './play.ts'

/** The endpoints, how deliveries misbehave at the moment, and the log of requests. */
export function registerDeliveryPages(app: Hono, host: Host): void {
  app.get('/deliveries', (c) => {
    const world = host.world()
    const { delivery } = world
    const set = (label: string, body: object) => button(label, '/_sim/delivery', body, '/deliveries')
    return c.html(
      playPage(
        host,
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
          <section aria-labelledby="mischief">
            <h2 id="mischief">Mischief</h2>
            <p class="soft">${world.due.size} waiting. Now: <code>${JSON.stringify(delivery)}</code></p>
            <div class="moves">
              ${set(delivery.hold ? 'Stop holding' : 'Hold everything', { hold: !delivery.hold })}
              ${button('Let go of what is held', '/_sim/deliver', {}, '/deliveries')}
              ${button('Let go in any order', '/_sim/deliver', { order: 'shuffle' }, '/deliveries')}
              ${set(delivery.duplicate > 0 ? 'Stop duplicating' : 'Duplicate everything', { duplicate: delivery.duplicate === 0 })}
              ${set(delivery.shuffle ? 'Stop shuffling' : 'Shuffle', { shuffle: !delivery.shuffle })}
              ${set(delivery.drop > 0 ? 'Stop dropping' : 'Drop everything', { drop: delivery.drop === 0 })}
              ${set(delivery.same_second ? 'Let time pass' : 'Everything in one second', { same_second: !delivery.same_second })}
            </div>
          </section>
          ${deliveries(world)}`,
      ),
    )
  })

  app.get('/requests', (c) =>
    c.html(
      playPage(
        host,
        'Requests',
        '/requests',
        html`${faults(host.world())}
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
                  ${host
                    .world()
                    .requests.slice(-100)
                    .toReversed()
                    .map(
                      (line) =>
                        html`<tr>
                          <td>${stamp(line.at)}</td>
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

const SHOWN = 50

/** The latest deliveries: what of each event every endpoint has. */
function deliveries({ tables }: World): Html {
  const latest = [...tables.deliveries.values()].slice(-SHOWN).toReversed()
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
                      <td>${state(delivery)}</td>
                      <td>
                        ${delivery.attempts.map(({ at, outcome }) => html`<small>${stamp(at)} ${outcome}</small><br />`)}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`
}

/** What goes wrong with the next request, whatever it is. */
function faults(world: World): Html {
  const set = (label: string, fault: object) =>
    button(label, '/_sim/faults', { route: '*', ...fault }, '/requests')
  return html`<section aria-labelledby="faults">
    <h2 id="faults">Faults</h2>
    <p class="soft">
      ${world.faults.length === 0 ? 'Every request is answered.' : `${world.faults.length} waiting for their requests.`}
    </p>
    <div class="moves">
      ${set('Fail the next request', { status: 500 })} ${set('Break its connection', { reset: true })}
      ${set('Do what it asks and lose the answer', { after_commit: true })}
      ${set('Never answer it', { timeout: true })} ${set('Too many requests', { status: 429 })}
    </div>
  </section>`
}
