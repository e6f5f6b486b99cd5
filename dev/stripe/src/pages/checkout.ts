import type { Hono } from 'hono'
import { html } from 'hono/html'
import type Stripe from 'stripe'
import { authenticatePayment, payCheckout } from '../checkout/pay.ts'
import { StripeRefusal } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import type { CheckoutRecord } from '../core/records.ts'
import { NO_REQUEST, type World, duringRequest } from '../core/world.ts'
import { money } from '../payments/amounts.ts'
import type { Runtime } from '../runtime.ts'
import { type Html, page } from './layout.ts'

/** The hosted payment page, and the bank's authentication page of some cards. */
export function registerCheckoutPages(app: Hono, runtime: Runtime): void {
  app.get('/c/pay/:id', (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const record = world.tables.checkouts.get(c.req.param('id'))
    if (record === undefined) return c.text('There is no such Checkout session.', 404)
    return showSession(
      runtime,
      c.req.param('id'),
      (url) => c.redirect(url, 303),
      (body, status) => c.html(body, status),
      null,
    )
  })

  app.post('/c/pay/:id', async (c) => {
    const world = runtime.world()
    const form = await c.req.formData()
    runtime.runTasks(world)
    const id = c.req.param('id')
    if (world.tables.checkouts.get(id) === undefined) return c.text('There is no such Checkout session.', 404)
    const problem = duringRequest(world, NO_REQUEST, () => payWithForm(world, id, form))
    runtime.runTasks(world)
    runtime.worldChanged()
    return showSession(
      runtime,
      id,
      (url) => c.redirect(url, 303),
      (body, status) => c.html(body, status),
      problem,
    )
  })

  app.get('/receipts/:id', (c) => {
    const charge = runtime.world().tables.charges.get(c.req.param('id'))
    if (charge === undefined) return c.text('There is no such charge.', 404)
    const text = `${money(charge.amount_captured, charge.currency)} paid, ${money(charge.amount_refunded, charge.currency)} refunded.`
    return c.html(closedPage(`Receipt for ${charge.id}`, text))
  })

  app.get('/authenticate/:account/:id', (c) => {
    const intent = runtime.world().tables.paymentIntents.owned(c.req.param('account'), c.req.param('id'))
    if (intent === undefined) return c.text('There is no such payment.', 404)
    return c.html(bankPage(intent))
  })

  app.post('/authenticate/:account/:id', async (c) => {
    const world = runtime.world()
    const [owner, id] = [c.req.param('account'), c.req.param('id')]
    const passed = (await c.req.formData()).get('outcome') === 'complete'
    runtime.runTasks(world)
    const intent = world.tables.paymentIntents.owned(owner, id)
    if (intent === undefined) return c.text('There is no such payment.', 404)
    const back = intent.next_action?.redirect_to_url?.return_url ?? null
    if (intent.status === 'requires_action') {
      duringRequest(world, NO_REQUEST, () => authenticatePayment(world, owner, intent, passed))
    }
    runtime.runTasks(world)
    runtime.worldChanged()
    return back === null
      ? c.html(bankPage(world.tables.paymentIntents.get(id) ?? intent))
      : c.redirect(withIntent(back, intent), 303)
  })
}

/** Shows the payment page, or redirects: to the bank for authentication, or to the shop after the payment. */
function showSession<T>(
  runtime: Runtime,
  id: string,
  redirect: (url: string) => T,
  show: (body: Html, status: 200 | 410 | 422) => T,
  problem: string | null,
): T {
  const world = runtime.world()
  const record = world.tables.checkouts.get(id)
  if (record === undefined) throw new Error(`no checkout session ${id}`)
  const { session } = record
  const back = session.success_url ?? session.return_url
  if (session.status === 'complete') {
    return back == null
      ? show(closedPage('Payment received', 'Thank you.'), 200)
      : redirect(back.replaceAll('{CHECKOUT_SESSION_ID}', id))
  }
  if (session.status === 'expired')
    return show(closedPage('This page has expired', 'Go back to the shop and try again.'), 410)
  const intent = world.tables.paymentIntents.get(idOf(session.payment_intent))
  const url = intent?.status === 'requires_action' ? intent.next_action?.redirect_to_url?.url : undefined
  if (url != null) return redirect(url)
  const message = problem ?? intent?.last_payment_error?.message ?? null
  return show(payPage(world, record, message), message === null ? 200 : 422)
}

/** The bank accounts of the form. */
const BANKS: Readonly<Record<string, string>> = {
  bank: 'pm_usBankAccount_success',
  empty_bank: 'pm_usBankAccount_insufficientFunds',
}

function payWithForm(world: World, id: string, form: FormData): string | null {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  const chosen = BANKS[text('method')] ?? text('number').replaceAll(/[\s-]/g, '')
  if (chosen === '') return 'Please enter a card number.'
  try {
    payCheckout(world, id, { method: chosen, email: text('email') || null, name: text('name') || null })
    return null
  } catch (error) {
    if (error instanceof StripeRefusal) return error.error.message
    throw error
  }
}

function withIntent(url: string, intent: Stripe.PaymentIntent): string {
  const target = new URL(url)
  target.searchParams.set('payment_intent', intent.id)
  target.searchParams.set('payment_intent_client_secret', intent.client_secret ?? '')
  return target.href
}

function payPage(world: World, { session, lineItems }: CheckoutRecord, problem: string | null): Html {
  const currency = session.currency ?? 'usd'
  const owner = world.tables.accounts.get(world.tables.checkouts.ownerOf(session.id) ?? '')?.account
  return page({
    title: `${problem === null ? '' : 'Error: '}Pay ${money(session.amount_total ?? 0, currency)}`,
    body: html`<main>
      <p class="soft">Stripe simulator · test mode</p>
      <h1>Pay ${owner?.business_profile?.name ?? owner?.business_profile?.url ?? 'the shop'}</h1>
      <p class="total">${money(session.amount_total ?? 0, currency)}</p>
      ${problem === null ? '' : html`<div class="alert" role="alert"><strong>${problem}</strong></div>`}
      <section aria-label="Order">
        <ul class="plain">
          ${lineItems.data.map(
            (item) =>
              html`<li class="row">
                <span>${item.description} × ${item.quantity}</span
                ><span>${money(item.amount_total, currency)}</span>
              </li>`,
          )}
        </ul>
      </section>
      <form method="post" class="card">
        <div class="field">
          <label for="email">E-mail address</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="email"
            value="${session.customer_email ?? ''}"
          />
        </div>
        <fieldset>
          <legend>Payment method</legend>
          <label class="inline"><input type="radio" name="method" value="card" checked /> Card</label>
          ${
            currency === 'usd'
              ? html`<label class="inline"
                    ><input type="radio" name="method" value="bank" /> Bank account (takes a minute to
                    clear)</label
                  ><label class="inline"
                    ><input type="radio" name="method" value="empty_bank" /> Bank account without funds (takes
                    a minute to fail)</label
                  >`
              : ''
          }
        </fieldset>
        <div class="field">
          <label for="number">Card number</label>
          <input
            id="number"
            name="number"
            inputmode="numeric"
            autocomplete="cc-number"
            list="cards"
            value="4242 4242 4242 4242"
            aria-describedby="cards-hint"
          />
          <datalist id="cards">
            <option value="4242424242424242">Succeeds</option>
            <option value="4000002760003184">Asks for authentication</option>
            <option value="4000000000009995">Declined: insufficient funds</option>
            <option value="4000000000000259">Succeeds, then is disputed</option>
          </datalist>
          <p class="hint" id="cards-hint">
            Any of Stripe's test cards. 4000 0000 0000 9995 is declined, 4000 0027 6000 3184 asks for
            authentication.
          </p>
        </div>
        <div class="field">
          <label for="name">Name on card</label>
          <input id="name" name="name" autocomplete="cc-name" />
        </div>
        <div class="actions">
          <button class="primary">Pay ${money(session.amount_total ?? 0, currency)}</button>
          ${session.cancel_url === null ? '' : html`<a class="button" href="${session.cancel_url}">Back to the shop</a>`}
        </div>
      </form>
    </main>`,
  })
}

function bankPage(intent: Stripe.PaymentIntent): Html {
  const waiting = intent.status === 'requires_action'
  return page({
    title: 'Authenticate your payment',
    body: html`<main>
      <p class="soft">Stripe simulator · your bank's page</p>
      <h1>${waiting ? `Do you approve ${money(intent.amount, intent.currency)}?` : 'Nothing to approve'}</h1>
      ${
        waiting
          ? html`<form method="post" class="card">
              <p>A real bank would ask you to confirm the payment here.</p>
              <div class="actions">
                <button class="primary" name="outcome" value="complete">Complete authentication</button>
                <button name="outcome" value="fail">Fail authentication</button>
              </div>
            </form>`
          : html`<p>This payment is <strong>${intent.status.replaceAll('_', ' ')}</strong>.</p>`
      }
    </main>`,
  })
}

function closedPage(title: string, text: string): Html {
  return page({
    title,
    body: html`<main>
      <p class="soft">Stripe simulator · test mode</p>
      <h1>${title}</h1>
      <p>${text}</p>
    </main>`,
  })
}
