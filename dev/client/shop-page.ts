/** The page of one shop: its account's status, its owner's next step, and a test payment. */
import { html, raw } from 'hono/html'
import type { InferResponseType } from 'hono/client'
import type { Client } from '../../src/client.ts'
import { layout, notice, type Html } from './layout.ts'
import type { Refusal } from './problem.ts'
import { textsOf } from './situation-texts.ts'

type Status = InferResponseType<Client['v1']['accounts'][':account']['status']['$get'], 200>

interface State {
  status: Status | null
  refusal: Refusal | null
}

export function shopPage(
  page: State & { cameBack?: boolean; paid?: string; simulator: string | null; nonce: string },
): Html {
  const { status, refusal, cameBack, paid, simulator, nonce } = page
  const name = status?.external_id ?? status?.account ?? 'Unknown shop'
  return layout({
    title: name,
    nonce,
    script: POLL,
    body: html`<p><a href="/">All shops</a></p>
      <h1>${name}</h1>
      ${cameBack ? html`<p class="note" role="status">Welcome back from Stripe. This is your account’s current status:</p>` : ''}
      ${notice(refusal)} ${paid === undefined ? '' : html`<p class="note good" role="status">${paid}</p>`}
      <div id="state" aria-live="polite">${shopState(page)}</div>
      <input type="hidden" name="key" form="pay" value="${crypto.randomUUID()}" />
      ${status === null ? '' : links(status, simulator)}`,
  })
}

/** The part of the page that is polled and updated. */
export function shopState({ status }: Pick<State, 'status'>): Html {
  if (status === null) return html``
  const { next_step: step, state, account } = status
  const texts = textsOf(step.situation)
  const hasForm = step.remedy?.href.endsWith('/onboarding_links') === true
  return html`<section class="card" data-situation="${step.situation}" data-onboarding="${state.onboarding}">
      <h2>${texts.title}</h2>
      <p>${texts.text}</p>
      ${
        step.requirements && step.requirements.length > 0 && LISTS_REQUIREMENTS.has(step.situation)
          ? html`<ul>
              ${step.requirements.map((item) => html`<li><code>${item}</code></li>`)}
            </ul>`
          : ''
      }
      ${step.deadline === undefined ? '' : html`<p>By <time datetime="${step.deadline}">${dayOf(step.deadline)}</time></p>`}
      ${
        hasForm
          ? html`<form method="post" action="/shops/${account}/onboarding">
              <button class="primary">${texts.button}</button>
            </form>`
          : ''
      }
      ${
        step.remedy?.method === 'GET'
          ? html`<p><a href="${step.remedy.href}" rel="noreferrer">Fix this in your Stripe Dashboard</a></p>`
          : ''
      }
      <details>
        <summary>Details from the API</summary>
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

/** Before the first submission the list would be the whole form, so only these situations show it. */
const LISTS_REQUIREMENTS: ReadonlySet<string> = new Set(['action_needed', 'paused_by_stripe', 'rejected'])

function payment({ account, gates }: Status): Html {
  const reason = gates.charge.blockers[0]?.detail
  return html`<form id="pay" method="post" action="/shops/${account}/payments" class="card">
    <h2>Take a test payment</h2>
    <p class="soft">
      ${gates.charge.open ? 'A Visa test card pays $10.00.' : html`The API will refuse this charge: ${reason}`}
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
  ${simulator === null ? '' : html`<p class="soft"><a href="${simulator}/accounts/${account}">Act as Stripe for this account</a></p>`}`
}

function dayOf(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
}

/** Polls the state while the page is visible. It pauses while a button has the focus, because an update would remove it. */
const POLL = raw(`
  const box = document.getElementById('state')
  const next = document.createElement('template')
  let shown = box.innerHTML
  setInterval(async () => {
    if (document.hidden || box.contains(document.activeElement)) return
    const response = await fetch(location.pathname + '?part=state').catch(() => null)
    if (!response?.ok) return
    next.innerHTML = await response.text()
    if (next.innerHTML !== shown) box.innerHTML = shown = next.innerHTML
  }, 1500)
`)
