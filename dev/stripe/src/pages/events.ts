import type { Hono } from 'hono'
import { html } from 'hono/html'
import type Stripe from 'stripe'
import { EVERYBODY } from '../core/table.ts'
import type { World } from '../core/world.ts'
import type { Host } from '../simulator.ts'
import type { Delivery } from '../webhooks/delivery.ts'
import { eventView } from '../webhooks/events.ts'
import type { Html } from './layout.ts'
import { button, playPage } from './play.ts'

const SHOWN = 100

/** What happened, and whether the endpoints know. */
export function registerEventPages(app: Hono, host: Host): void {
  app.get('/events', (c) => {
    const world = host.world()
    host.runTasks(world)
    const account = c.req.query('account')
    const ids = world.tables.events.ids(account ?? EVERYBODY)
    return c.html(
      playPage(
        host,
        account === undefined ? 'Events' : `Events of ${account}`,
        '/events',
        html`<section aria-label="Events">
          ${ids.length === 0 ? html`<p class="soft">Nothing has happened yet.</p>` : table(world, ids)}
          ${ids.length > SHOWN ? html`<p class="soft">The latest ${SHOWN} of ${ids.length} are shown.</p>` : ''}
        </section>`,
      ),
    )
  })

  app.get('/events/:id', (c) => {
    const world = host.world()
    const event = world.tables.events.get(c.req.param('id'))
    if (event === undefined) return c.text('There is no such event.', 404)
    return c.html(playPage(host, event.type, '', detail(world, event)))
  })
}

function table(world: World, ids: readonly string[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">Type</th>
          <th scope="col">Account</th>
          <th scope="col">Deliveries</th>
        </tr>
      </thead>
      <tbody>
        ${ids
          .slice(-SHOWN)
          .toReversed()
          .map((id) => {
            const event = world.tables.events.get(id)
            return event === undefined ? '' : row(world, event)
          })}
      </tbody>
    </table>
  </div>`
}

function row(world: World, event: Stripe.Event): Html {
  return html`<tr>
    <td>${stamp(event.created)}</td>
    <td><a href="/events/${event.id}">${event.type}</a></td>
    <td class="mono">
      ${event.account === undefined ? 'platform' : html`<a href="/accounts/${event.account}">${event.account}</a>`}
    </td>
    <td>${deliveriesOf(world, event.id).map((delivery) => state(delivery))}</td>
  </tr>`
}

function detail(world: World, event: Stripe.Event): Html {
  const deliveries = deliveriesOf(world, event.id)
  return html`<section aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries</h2>
      ${deliveries.length === 0 ? html`<p class="soft">No endpoint asked for it.</p>` : ''}
      ${deliveries.map(
        (delivery) =>
          html`<p>
            ${state(delivery)}
            <span class="mono"
              >${world.tables.endpoints.get(delivery.endpoint)?.endpoint.url ?? delivery.endpoint}</span
            >
            ${delivery.attempts.map((one) => html`<br /><small>${stamp(one.at)} ${one.outcome} ${one.detail ?? ''}</small>`)}
          </p>`,
      )}
      ${deliveries.length === 0 ? '' : button('Send again', '/_sim/deliver', { events: [event.id] }, `/events/${event.id}`)}
    </section>
    <section aria-labelledby="payload">
      <h2 id="payload">Payload</h2>
      <pre>${JSON.stringify(eventView(world, event), null, 2)}</pre>
    </section>`
}

function deliveriesOf({ tables }: World, event: string): readonly Delivery[] {
  return tables.deliveries.ids(event).flatMap((id) => tables.deliveries.get(id) ?? [])
}

export function state({ state: name, copy, attempts }: Delivery): Html {
  const tone = name === 'delivered' ? 'good' : name === 'waiting' ? 'warn' : 'bad'
  const last = attempts.at(-1)?.outcome
  return html`<span class="badge ${tone}"
    >${copy ? 'copy ' : ''}${name}${last === undefined || name === 'dropped' ? '' : ` ${last}`}</span
  > `
}

export function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
}
