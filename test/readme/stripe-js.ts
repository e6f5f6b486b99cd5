/** Stands in for js.stripe.com in a browser: keeps what the page hands to Stripe.js, and declines the card. */
import type { Page } from 'playwright-core'

/** What the page under test has handed to Stripe.js. */
export interface StripeJsCalls {
  publishableKey?: string
  options?: unknown
  elements?: unknown
  mounted?: [type: string, selector: string]
  confirmed?: unknown
}

export const DECLINED = 'Your card was declined.'

const STAND_IN = `
  window.calls = {}
  window.Stripe = (publishableKey, options) => {
    Object.assign(window.calls, { publishableKey, options })
    return {
      elements: (options) => {
        window.calls.elements = options
        return { create: (type) => ({ mount: (selector) => {
          document.querySelector(selector).textContent = 'the card form'
          window.calls.mounted = [type, selector]
        } }) }
      },
      confirmPayment: async ({ confirmParams }) => {
        window.calls.confirmed = confirmParams
        return { error: { message: ${JSON.stringify(DECLINED)} } }
      },
    }
  }
`

/** The addresses the page asks for elsewhere, in the order it asked. */
export async function standInForStripeJs(page: Page, origin: string): Promise<string[]> {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) elsewhere.push(request.url())
  })
  await page.route('https://js.stripe.com/**', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: STAND_IN }),
  )
  return elsewhere
}

export async function stripeJsCalls(page: Page): Promise<StripeJsCalls> {
  return (await page.evaluate('window.calls')) as StripeJsCalls
}
