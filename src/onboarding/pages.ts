/** The pages that an account holder sees when there is no other page to send them to. Each offers one way on. */
import { html } from 'hono/html'
import type { AccountCode } from '../../machines/account/closures.ts'
import type { ExplainedBlocker } from '../accounts/explain.ts'
import { pageShell, type Page } from '../http/html-page.ts'

/** For a closed `onboard` gate: why it is closed and what to do. */
export function closedPage(blockers: readonly ExplainedBlocker[], returnTo: string): Page {
  const reasons = blockers.map(({ code, detail }) => HOLDER_TEXTS[code] ?? detail)
  return pageShell(
    'There is nothing to fill in at the moment',
    html`${reasons.map((reason) => html`<p>${reason}</p>`)} ${back(returnTo)}`,
  )
}

/** Blockers in the holder's words; their `detail` speaks to the platform. */
const HOLDER_TEXTS: Partial<Record<AccountCode, string>> = {
  account_rejected:
    'Stripe has rejected this account and accepts no more information for it. If you think this is a mistake, sign in at dashboard.stripe.com or contact Stripe’s support: only Stripe can change its decision.',
  account_disconnected:
    'Your Stripe account is no longer connected to this platform. Ask the platform to connect it again.',
  account_unsupported:
    'Your Stripe account was set up in a way this platform cannot work with. Ask the platform for help.',
}

/** Stripe sends the holder straight back from each new link and does not say why. */
export function loopPage(returnTo: string): Page {
  return pageShell(
    'Stripe does not open its form at the moment',
    html`<p>Stripe sent you back several times in a row without opening its form.</p>
      <p>Nothing you entered is lost. Wait a few minutes, then start again from the page you came from.</p>
      ${back(returnTo)}`,
  )
}

/** Stripe refuses to open its form for a reason that only the platform can resolve. */
export function refusedPage(returnTo: string): Page {
  return pageShell(
    'Stripe refuses to open its form',
    html`<p>You did nothing wrong, and nothing you entered is lost.</p>
      <p>Go back and ask the platform for help. Stripe has told it the reason.</p>
      ${back(returnTo)}`,
  )
}

/** Stripe or the database did not answer. Loading the same address again is the retry. */
export function failedPage(): Page {
  return pageShell(
    'This did not work',
    html`<p>Stripe or this service did not answer. Nothing you entered is lost.</p>
      <p><a class="button" href="">Try again</a></p>`,
  )
}

/** The account's onboarding was visited too often within a minute. */
export function busyPage(): Page {
  return pageShell(
    'Too many attempts',
    html`<p>Wait a minute, then try again. Nothing you entered is lost.</p>
      <p><a class="button" href="">Try again</a></p>`,
  )
}

export function expiredPage(): Page {
  return pageShell(
    'This link is no longer valid',
    html`<p>For your safety, a link works for one day only.</p>
      <p>Go back to the page you came from and start again from there. Stripe has kept what you entered.</p>`,
  )
}

function back(returnTo: string) {
  return html`<p><a class="button" href="${returnTo}">Back to ${new URL(returnTo).host}</a></p>`
}
