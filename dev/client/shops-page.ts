/** The first page: a list of all shops, and a form that opens a new one. */
import { html } from 'hono/html'
import type { InferResponseType } from 'hono/client'
import type { Client } from '../../src/client.ts'
import { layout, notice, type Html } from './layout.ts'
import type { Refusal } from './problem.ts'
import { textsOf } from './situation-texts.ts'

type Shop = InferResponseType<Client['v1']['accounts']['$get'], 200>['data'][number]

/** `shops` null: the API did not return the list. */
export function shopsPage(page: {
  shops: readonly Shop[] | null
  refusal: Refusal | null
  nonce: string
}): Html {
  const { shops, refusal, nonce } = page
  return layout({
    title: 'Shops',
    nonce,
    body: html`<h1>Shops</h1>
      <p class="soft">An example of a client app. You are the owner of every shop here.</p>
      ${notice(refusal)}
      ${
        shops === null
          ? html`<p><a href="/">All shops</a></p>`
          : shops.length === 0
            ? html`<p>There is no shop yet.</p>`
            : html`<ul class="list">
                ${shops.map(
                  (shop) =>
                    html`<li>
                      <a href="/shops/${shop.id}">${shop.external_id ?? shop.id}</a>
                      <span class="soft">${textsOf(shop.next_step.situation).title}</span>
                    </li>`,
                )}
              </ul>`
      }
      <form method="post" action="/shops" class="card">
        <h2>Open a shop</h2>
        <label for="name">Name</label>
        <input id="name" name="name" required maxlength="100" autocomplete="off" />
        <input type="hidden" name="key" value="${crypto.randomUUID()}" />
        <button>Open shop</button>
      </form>`,
  })
}
