import type { Hono } from 'hono'
import { html } from 'hono/html'
import type Stripe from 'stripe'
import type { Delivery } from '../core/records.ts'
import { ALL_OWNERS } from '../core/table.ts'
import type { World } from '../core/world.ts'
import type { Runtime } from '../runtime.ts'
import { eventView } from '../webhooks/events.ts'
import { button, simulatorPage } from './buttons.ts'
import type { Html } from './layout.ts'

const MAX_SHOWN = 100

/** The events, with the state of their deliveries. */
export function registerEventPages(app: Hono, runtime: Runtime): void {
  app.get('/events', (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const account = c.req.query('account')
    const ids = world.tables.events.ids(account ?? ALL_OWNERS)
    return c.html(
      simulatorPage(
        runtime,
        account === undefined ? 'Events' : `Events of ${account}`,
        '/events',
        html`<section aria-label="Events">
          ${ids.length === 0 ? html`<p class="soft">No events yet.</p>` : table(world, ids)}
          ${ids.length > MAX_SHOWN ? html`<p class="soft">The latest ${MAX_SHOWN} of ${ids.length} are shown.</p>` : ''}
        </section>`,
      ),
    )
  })

  app.get('/events/:id', (c) => {
    const world = runtime.world()
    const event = world.tables.events.get(c.req.param('id'))
    if (event === undefined) return c.text('There is no such event.', 404)
    return c.html(simulatorPage(runtime, event.type, '', detail(world, event)))
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
          .slice(-MAX_SHOWN)
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
    <td>${formatTime(event.created)}</td>
    <td><a href="/events/${event.id}">${event.type}</a></td>
    <td class="mono">
      ${event.account === undefined ? 'platform' : html`<a href="/accounts/${event.account}">${event.account}</a>`}
    </td>
    <td>${deliveriesOf(world, event.id).map((delivery) => deliveryBadge(delivery))}</td>
  </tr>`
}

function detail(world: World, event: Stripe.Event): Html {
  const deliveries = deliveriesOf(world, event.id)
  return html`<section aria-labelledby="deliveries">
      <h2 id="deliveries">Deliveries</h2>
      ${deliveries.length === 0 ? html`<p class="soft">No endpoint is subscribed to this event.</p>` : ''}
      ${deliveries.map(
        (delivery) =>
          html`<p>
            ${deliveryBadge(delivery)}
            <span class="mono"
              >${world.tables.endpoints.get(delivery.endpoint)?.endpoint.url ?? delivery.endpoint}</span
            >
            ${delivery.attempts.map((one) => html`<br /><small>${formatTime(one.at)} ${one.outcome} ${one.detail ?? ''}</small>`)}
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

export function deliveryBadge({ state: name, copy, attempts }: Delivery): Html {
  const tone = name === 'delivered' ? 'good' : name === 'waiting' ? 'warn' : 'bad'
  const last = attempts.at(-1)?.outcome
  return html`<span class="badge ${tone}"
    >${copy ? 'copy ' : ''}${name}${last === undefined || name === 'dropped' ? '' : ` ${last}`}</span
  > `
}

export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
}
