/** One shop: where its account stands, what its owner does next, and a payment to try. */
import { html, raw } from 'hono/html'
import type { InferResponseType } from 'hono/client'
import type { Client } from '../../src/client.ts'
import { layout, notice, type Html } from './layout.ts'
import type { Refusal } from './problem.ts'
import { wordsOf } from './words.ts'

type Status = InferResponseType<Client['v1']['accounts'][':account']['status']['$get'], 200>

interface State {
  status: Status | null
  refusal: Refusal | null
}

export function shopPage(
  on: State & { cameBack?: boolean; paid?: string; simulator: string | null; nonce: string },
): Html {
  const { status, refusal, cameBack, paid, simulator, nonce } = on
  const name = status?.external_id ?? status?.account ?? 'Unknown shop'
  return layout({
    title: name,
    nonce,
    script: FOLLOW,
    body: html`<p><a href="/">All shops</a></p>
      <h1>${name}</h1>
      ${cameBack ? html`<p class="note" role="status">Welcome back from Stripe. This is what Stripe says now:</p>` : ''}
      ${notice(refusal)} ${paid === undefined ? '' : html`<p class="note good" role="status">${paid}</p>`}
      <div id="state" aria-live="polite">${shopState(on)}</div>
      <input type="hidden" name="key" form="pay" value="${crypto.randomUUID()}" />
      ${status === null ? '' : links(status, simulator)}`,
  })
}

/** The part that changes while the page is open. */
export function shopState({ status }: Pick<State, 'status'>): Html {
  if (status === null) return html``
  const { next_step: step, state, account } = status
  const words = wordsOf(step.situation)
  const toForm = step.remedy?.href.endsWith('/onboarding_links') === true
  return html`<section class="card" data-situation="${step.situation}" data-onboarding="${state.onboarding}">
      <h2>${words.title}</h2>
      <p>${words.text}</p>
      ${
        step.requirements && step.requirements.length > 0 && LISTED.has(step.situation)
          ? html`<ul>
              ${step.requirements.map((item) => html`<li><code>${item}</code></li>`)}
            </ul>`
          : ''
      }
      ${step.deadline === undefined ? '' : html`<p>By <time datetime="${step.deadline}">${dayOf(step.deadline)}</time></p>`}
      ${
        toForm
          ? html`<form method="post" action="/shops/${account}/onboarding">
              <button class="primary">${words.button}</button>
            </form>`
          : ''
      }
      ${
        step.remedy?.method === 'GET'
          ? html`<p><a href="${step.remedy.href}" rel="noreferrer">Mend it in your Stripe Dashboard</a></p>`
          : ''
      }
      <details>
        <summary>What the API says</summary>
        <p>${step.detail}</p>
        <dl>
          ${Object.entries(state).map(
            ([region, value]) =>
              html`<dt>${region}</dt>
                <dd>${value.replaceAll('_', ' ')}</dd>`,
          )}
        </dl>
      </details>
    </section>
    ${payment(status)}`
}

/** Where what Stripe waits for is the holder's to hand in, and not simply all of the form. */
const LISTED: ReadonlySet<string> = new Set(['action_needed', 'paused_by_stripe', 'rejected'])

function payment({ account, gates }: Status): Html {
  const reason = gates.charge.blockers[0]?.detail
  return html`<form id="pay" method="post" action="/shops/${account}/payments" class="card">
    <h2>Take a test payment</h2>
    <p class="soft">
      ${gates.charge.open ? 'A Visa test card pays $10.00.' : html`The gate is closed, and the API will say so: ${reason}`}
    </p>
    <button>Charge $10.00</button>
  </form>`
}

function links({ account, dashboard_url }: Status, simulator: string | null): Html {
  return html`${
    dashboard_url === null
      ? ''
      : html`<p>
          <a href="${dashboard_url}" rel="noreferrer">Your Stripe Dashboard</a>
          <span class="soft">for your payments, disputes, bank account and payouts</span>
        </p>`
  }
  ${simulator === null ? '' : html`<p class="soft"><a href="${simulator}/accounts/${account}">Play Stripe for this account</a></p>`}`
}

function dayOf(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
}

/** Asks for the state again while the page is looked at, and shows it when it has changed and nobody is at a button. */
const FOLLOW = raw(`
  const box = document.getElementById('state')
  const next = document.createElement('template')
  let shown = box.innerHTML
  setInterval(async () => {
    if (document.hidden || box.contains(document.activeElement)) return
    const answer = await fetch(location.pathname + '?part=state').catch(() => null)
    if (!answer?.ok) return
    next.innerHTML = await answer.text()
    if (next.innerHTML !== shown) box.innerHTML = shown = next.innerHTML
  }, 1500)
`)
