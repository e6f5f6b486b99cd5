import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Host } from '../simulator.ts'
import { stamp } from './events.ts'
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
          </section>`,
      ),
    )
  })

  app.get('/requests', (c) =>
    c.html(
      playPage(
        host,
        'Requests',
        '/requests',
        html`<section aria-label="Requests">
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
