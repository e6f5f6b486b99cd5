/**
 * A minimal client app: shop owners onboard and take a test payment. Its server calls the API with the typed client; the
 * browser gets HTML pages and never an API key.
 */
import { Hono, type Context } from 'hono'
import { csrf } from 'hono/csrf'
import { secureHeaders, NONCE } from 'hono/secure-headers'
import { z } from 'zod'
import type { Client } from '../../src/client.ts'
import { problemOf, type Refusal } from './problem.ts'
import { shopPage, shopState } from './shop-page.ts'
import { shopsPage } from './shops-page.ts'

export interface ClientApp {
  api: Client
  /** This app's origin. The API's RETURN_ORIGINS must contain it. */
  origin: string
  /** The origins to which the onboarding form redirects: the API and Stripe. */
  onboardingOrigins: readonly string[]
  /** The URL of the Stripe simulator; null with the real Stripe. */
  simulator: string | null
}

const NewShop = z.object({ name: z.string().trim().min(1).max(100), key: z.uuid() })
const Pay = z.object({ key: z.uuid() })
type NonceEnv = { Variables: { secureHeadersNonce?: string } }

export function createClientApp({ api, origin, onboardingOrigins, simulator }: ClientApp) {
  const account = api.v1.accounts[':account']
  const app = new Hono<NonceEnv>()
  // Redirect other host names, such as localhost: the CSRF check accepts forms from one origin only.
  app.get('*', async (c, next) => {
    const { origin: here, pathname, search } = new URL(c.req.url)
    return here === origin ? next() : c.redirect(`${origin}${pathname}${search}`, 303)
  })
  app.use(csrf({ origin }))
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: [NONCE],
        scriptSrc: [NONCE],
        connectSrc: ["'self'"],
        imgSrc: ['data:'],
        // Browsers apply form-action to redirects too: a form redirects to Stripe, which may redirect back to the API.
        formAction: ["'self'", ...onboardingOrigins],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  )

  app.get('/', async (c) => {
    const response = await api.v1.accounts.$get({ query: { limit: '50' } })
    const refusal = await problemOf(response)
    const { data } = refusal ? { data: null } : await response.json()
    return c.html(shopsPage({ shops: data, refusal, nonce: nonceOf(c) }))
  })

  app.post('/shops', async (c) => {
    const form = NewShop.safeParse(await c.req.parseBody())
    if (!form.success) {
      const refusal = { code: 'invalid_name', detail: 'A shop name must have 1 to 100 characters.' }
      return c.html(shopsPage({ shops: null, refusal, nonce: nonceOf(c) }), 422)
    }
    const { name, key } = form.data
    const response = await api.v1.accounts.$post({
      header: { 'idempotency-key': key },
      json: { external_id: name },
    })
    const refusal = await problemOf(response)
    // The shop exists already, so show it.
    if (refusal?.code === 'account_exists' && refusal.account)
      return c.redirect(`/shops/${refusal.account}`, 303)
    if (refusal) return c.html(shopsPage({ shops: null, refusal, nonce: nonceOf(c) }), 502)
    return c.redirect(`/shops/${(await response.json()).id}`, 303)
  })

  app.get('/shops/:account', async (c) => {
    const state = await read(c.req.param('account'))
    // An open page polls this part.
    if (c.req.query('part') === 'state') return c.html(shopState(state))
    const cameBack = c.req.query('onboarding') !== undefined
    return c.html(shopPage({ ...state, cameBack, simulator, nonce: nonceOf(c) }))
  })

  app.post('/shops/:account/onboarding', async (c) => {
    const id = c.req.param('account')
    const response = await account.onboarding_links.$post({
      param: { account: id },
      header: { 'idempotency-key': crypto.randomUUID() },
      json: { return_to: `${origin}/shops/${id}` },
    })
    const refusal = await problemOf(response)
    if (refusal) return refused(c, id, refusal)
    return c.redirect((await response.json()).url, 303)
  })

  app.post('/shops/:account/payments', async (c) => {
    const id = c.req.param('account')
    const { key } = Pay.parse(await c.req.parseBody())
    const response = await account.payments.$post({
      param: { account: id },
      header: { 'idempotency-key': key },
      json: { amount: 1_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
    })
    const refusal = await problemOf(response)
    if (refusal) return refused(c, id, refusal)
    const { id: payment, status } = await response.json()
    const state = await read(id)
    const paid = `A test payment of $10.00 has ${status === 'succeeded' ? 'succeeded' : `the status ${status}`} (${payment}).`
    return c.html(shopPage({ ...state, paid, simulator, nonce: nonceOf(c) }))
  })
  app.onError((error, c) => {
    console.error(error)
    const refusal = { code: 'unreachable', detail: 'The API did not answer. Is it running?' }
    return c.html(shopsPage({ shops: null, refusal, nonce: nonceOf(c) }), 502)
  })
  return app

  async function read(id: string) {
    const response = await account.status.$get({ param: { account: id } })
    const refusal = await problemOf(response)
    if (refusal || response.status === 304) return { status: null, refusal }
    return { status: await response.json(), refusal: null }
  }

  async function refused(c: Context<NonceEnv>, id: string, refusal: Refusal): Promise<Response> {
    const state = await read(id)
    return c.html(shopPage({ ...state, refusal, simulator, nonce: nonceOf(c) }), 409)
  }
}

function nonceOf(c: Context<NonceEnv>): string {
  return c.get('secureHeadersNonce') ?? ''
}
