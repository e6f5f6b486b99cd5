/** What an account holder sees of this service, when there is no other page to send them to. Plain words, one way on. */
import { html } from 'hono/html'
import type { AccountCode } from '../../machines/account/closures.ts'
import type { ExplainedBlocker } from '../accounts/explain.ts'
import { pageShell, type Page } from '../http/html-page.ts'

/** The `onboard` gate is closed: why, and what to do. */
export function closedPage(blockers: readonly ExplainedBlocker[], returnTo: string): Page {
  const reasons = blockers.map(({ code, detail }) => TO_THE_HOLDER[code] ?? detail)
  return pageShell(
    'There is nothing to fill in at the moment',
    html`${reasons.map((reason) => html`<p>${reason}</p>`)} ${back(returnTo)}`,
  )
}

/** The refusals that a holder may meet, said to them rather than to the platform. */
const TO_THE_HOLDER: Partial<Record<AccountCode, string>> = {
  account_rejected:
    'Stripe has rejected this account and takes no more information for it. If you think that is a mistake, sign in at dashboard.stripe.com or contact Stripe’s support: only Stripe can change it.',
  account_disconnected:
    'Your Stripe account is no longer connected to this platform. Ask the platform to connect it again.',
  account_unsupported:
    'Your Stripe account was set up in a way this platform cannot work with. Ask the platform for help.',
}

/** Stripe sends each new link straight back, and does not say why. */
export function repeatedPage(returnTo: string): Page {
  return pageShell(
    'Stripe is not letting you in just now',
    html`<p>Stripe sent you back several times in a row without opening its form.</p>
      <p>Nothing you entered is lost. Wait a few minutes, then start again from the page you came from.</p>
      ${back(returnTo)}`,
  )
}

/** Stripe will not open its form, for a reason that is the platform's to mend. */
export function refusedPage(returnTo: string): Page {
  return pageShell(
    'Stripe does not open its form now',
    html`<p>That is not because of anything you did, and nothing you entered is lost.</p>
      <p>Go back and ask the platform for help: Stripe has told it why.</p>
      ${back(returnTo)}`,
  )
}

/** Something behind this page did not answer. The address is the same: coming again is trying again. */
export function troublePage(): Page {
  return pageShell(
    'This did not work just now',
    html`<p>Stripe or this service did not answer. Nothing you entered is lost.</p>
      <p><a class="button" href="">Try again</a></p>`,
  )
}

/** The same account was visited too often within a minute. */
export function busyPage(): Page {
  return pageShell(
    'That was too often',
    html`<p>Wait a minute, then try again. Nothing you entered is lost.</p>
      <p><a class="button" href="">Try again</a></p>`,
  )
}

export function expiredPage(): Page {
  return pageShell(
    'This link is no longer valid',
    html`<p>For your safety it works for one day only, and only as it was made.</p>
      <p>
        Go back to the page you came from and start again from there. What you entered at Stripe is kept.
      </p>`,
  )
}

function back(returnTo: string) {
  return html`<p><a class="button" href="${returnTo}">Back to ${new URL(returnTo).host}</a></p>`
}
