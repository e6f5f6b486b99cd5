/** The routes for onboarding: create a link, and the two addresses that Stripe sends the account holder back to. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { explainGate } from '../accounts/explain.ts'
import { foundAccount } from '../accounts/find.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import { AccountParams } from '../accounts/schemas.ts'
import type { Env } from '../http/env.ts'
import { toProblem } from '../http/failures.ts'
import { PAGE_CSP, type Page } from '../http/html-page.ts'
import { requireAllowedReturn, returnUrl } from '../http/return-to.ts'
import { body, defineRoute, IdempotencyKey, json, problems } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { identifyRequest, openRequest } from '../idempotency/request.ts'
import { describeError } from '../log.ts'
import { selectInstance } from '../store/instances.ts'
import { insertPending } from '../store/requests.ts'
import { failedCall } from '../stripe/errors.ts'
import { mintLink } from './link.ts'
import { busyPage, closedPage, expiredPage, failedPage, loopPage, refusedPage } from './pages.ts'
import { readVisit, type Visit } from './visit.ts'

/** If Stripe sends a holder back within this time, it has not opened its form. */
const BOUNCE_MS = 30_000
/** A browser gives up after about twenty redirects, and a bounce takes two. */
const MAX_BOUNCES = 4

/** The address travels inside Stripe's URLs and in headers, percent-encoded. Both are limited to a few KB. */
const MAX_RETURN_LENGTH = 2_000

const CreateLink = z
  .strictObject({
    return_to: z
      .url()
      .refine((url) => !URL.canParse(url) || new URL(url).href.length <= MAX_RETURN_LENGTH, {
        message: `must have at most ${MAX_RETURN_LENGTH} characters after percent-encoding`,
      })
      .openapi({
        maxLength: MAX_RETURN_LENGTH,
        description:
          'Your page, on an allowed origin. The holder comes back to `return_to?account=…&onboarding=<state>`; the rest of its query and its fragment are kept.',
      }),
  })
  .openapi('CreateOnboardingLink')

const LinkBody = z
  .object({
    url: z.url().openapi({
      description: 'Single use. Redirect the signed-in holder there now; never e-mail or store it.',
    }),
    expires_at: z.iso.datetime(),
  })
  .openapi('OnboardingLink')

const create = defineRoute({
  method: 'post',
  path: '/v1/accounts/{account}/onboarding_links',
  summary: 'Create a link to Stripe’s hosted onboarding',
  description:
    'Needs the `onboard` gate to be open. A used or expired link redirects its holder through Gatehouse to a new link, or to a page that says why there is none. A return to `return_to` does not prove that the form was submitted: the state in its query is what Stripe reported at that moment, and `next_step` in the status says which screen to show, then and after each webhook. Needs an `Idempotency-Key`. A link is single use and never stored, so a retry gets a new one.',
  request: { params: AccountParams, headers: IdempotencyKey, body: body(CreateLink) },
  responses: {
    201: json(LinkBody, 'The link.'),
    ...problems(
      'invalid_json',
      'idempotency_key_required',
      'account_not_found',
      'gate_closed',
      'idempotency_key_reused',
      'stripe_refused',
      'stripe_unavailable',
    ),
  },
})

/** The pages are for one person: they are not cached, and the next site does not see the token in the referrer. */
const pageHeaders = createMiddleware<Env>(async (c, next) => {
  c.header('cache-control', 'no-store')
  c.header('referrer-policy', 'no-referrer')
  c.header('x-content-type-options', 'nosniff')
  c.header('content-security-policy', PAGE_CSP)
  await next()
})

export const onboarding = newRouter()
  .openapi(create, async (c) => {
    const { account } = c.req.valid('param')
    const { deps, requestId } = c.var
    const {
      request,
      rows: [found],
    } = await openRequest(c, await identifyRequest(c), [selectInstance('account', account)])
    const returnTo = requireAllowedReturn(c.req.valid('json').return_to, deps.config)
    const question = { gate: 'onboard', row: foundAccount(found, account), requestId } as const
    const live = await passGate(deps, question)
    const link = await mintLink(deps, {
      live,
      token: { account, returnTo, bounces: 0 },
      cause: { kind: 'command', id: requestId },
      record: (_, at) => [insertPending({ ...request, at })],
    }).catch(async (error: unknown) => {
      await refuseIfGateClosed(deps, question, failedCall(error))
      throw error
    })
    return c.json({ url: link.url, expires_at: toTime(link.expires_at * 1000) }, 201)
  })
  .use('/onboarding/*', pageHeaders)
  .get('/onboarding/:token/refresh', (c) =>
    answerVisit(c, c.req.param('token'), (visit) => redirectToForm(c, visit)),
  )
  .get('/onboarding/:token/return', (c) =>
    answerVisit(c, c.req.param('token'), ({ token, live }) => {
      const found = { account: token.account, onboarding: live.value['onboarding'] ?? '' }
      return c.redirect(returnUrl(token.returnTo, found), 303)
    }),
  )

/** Answers with a page whatever fails, because a person reads it. */
async function answerVisit(
  c: Context<Env>,
  token: string,
  answer: (visit: Visit) => Response | Promise<Response>,
): Promise<Response> {
  const { deps, requestId } = c.var
  try {
    const visit = await readVisit(deps, token, requestId)
    return visit ? await answer(visit) : await showPage(c, expiredPage(), 410)
  } catch (error) {
    const { code, status } = toProblem(error)
    if (code === 'rate_limited') {
      c.header('retry-after', '60')
      return showPage(c, busyPage(), 429)
    }
    logFailure(c, error)
    return showPage(c, failedPage(), status >= 500 ? 503 : 409)
  }
}

/** Redirects to a new link, unless the form would send the holder straight back: that ends on a page, not in a loop. */
async function redirectToForm(c: Context<Env>, { token, live }: Visit): Promise<Response> {
  const { account, returnTo } = token
  const { open, blockers } = explainGate('onboard', live)
  // Stripe sends the holder of a rejected or disconnected account straight back.
  if (!open) return showPage(c, closedPage(blockers, returnTo), 409)
  const bounces = token.ageMs < BOUNCE_MS ? token.bounces + 1 : 0
  if (bounces > MAX_BOUNCES) return showPage(c, loopPage(returnTo), 409)
  try {
    const link = await mintLink(c.var.deps, {
      live,
      token: { account, returnTo, bounces },
      cause: { kind: 'return', id: `${c.var.requestId}/link` },
    })
    return c.redirect(link.url, 303)
  } catch (error) {
    // Stripe would refuse again, so the page offers no retry.
    if (toProblem(error).code !== 'stripe_refused') throw error
    logFailure(c, error)
    return showPage(c, refusedPage(returnTo), 409)
  }
}

function logFailure({ var: { deps, requestId } }: Context<Env>, error: unknown): void {
  const { code } = toProblem(error)
  const message = 'visit failed'
  deps.log({ level: 'error', message, request_id: requestId, code, error: describeError(error) })
}

async function showPage(c: Context<Env>, page: Page, status: 409 | 410 | 429 | 503): Promise<Response> {
  return c.html(page, status)
}
