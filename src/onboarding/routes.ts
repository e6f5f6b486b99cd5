/** Onboarding: a link for the account holder, and the two addresses Stripe sends them back to. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { explainGate } from '../accounts/explain.ts'
import { foundAccount } from '../accounts/find.ts'
import { passGate, refuseIfGateClosed } from '../accounts/gate.ts'
import { AccountParams } from '../accounts/schemas.ts'
import type { Env } from '../http/env.ts'
import { toProblem } from '../http/failures.ts'
import { identifyRequest, openRequest } from '../idempotency/request.ts'
import { PAGE_CSP, type Page } from '../http/html-page.ts'
import { body, IdempotencyKey, json, problems, secured } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { describeError } from '../log.ts'
import { failedCall } from '../stripe/errors.ts'
import { mintLink, type Minting } from './link.ts'
import { busyPage, closedPage, expiredPage, refusedPage, repeatedPage, troublePage } from './pages.ts'
import { requireAllowedReturn, returnUrl } from '../http/return-to.ts'
import { readVisit, type Visit } from './visit.ts'
import { selectInstance } from '../store/instances.ts'
import { insertPending } from '../store/requests.ts'

/** A link that Stripe sends back within this time was never used by anybody. */
const AT_ONCE_MS = 30_000
/** A browser gives up after about twenty redirects; here two make one turn. */
const TURNS = 4

/** It travels inside Stripe's addresses and in headers, as a browser writes it: neither takes more than a few KB. */
const LONGEST_RETURN = 2_000

const CreateLink = z
  .strictObject({
    return_to: z
      .url()
      .refine((url) => !URL.canParse(url) || new URL(url).href.length <= LONGEST_RETURN, {
        message: `must have at most ${LONGEST_RETURN} characters, other letters than ASCII percent-encoded`,
      })
      .openapi({
        maxLength: LONGEST_RETURN,
        description:
          'Your page, on an allowed origin. The holder comes back to `return_to?account=…&onboarding=<state>`, whatever else stands in its query or fragment.',
      }),
  })
  .openapi('CreateOnboardingLink')

const LinkBody = z
  .object({
    url: z
      .url()
      .openapi({ description: 'Single use. Send the signed-in holder there now; never e-mail or keep it.' }),
    expires_at: z.iso.datetime(),
  })
  .openapi('OnboardingLink')

const create = createRoute({
  method: 'post',
  path: '/v1/accounts/{account}/onboarding_links',
  summary: 'Mint a link to Stripe’s hosted onboarding',
  description:
    'Behind the `onboard` gate. A link that was used or has expired leads its holder through this service to a new one, or to a page that says why there is none. Whoever comes back to `return_to` has only been away: the state in its query is what Stripe said at that moment, and `next_step` in the status says which screen to show, now and after each webhook. Needs an `Idempotency-Key`; as a link is single use and never stored, a retry gets a fresh one.',
  ...secured('accounts:write'),
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

/** What these addresses say is for one person, once; and where they lead next is not told about the token. */
const asPage = createMiddleware<Env>(async (c, next) => {
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
    const minting: Minting = {
      cause: { kind: 'command', id: requestId },
      record: (_, at) => [insertPending({ ...request, at })],
    }
    const link = await mintLink(deps, { live, journey: { account, returnTo, turn: 0 }, minting }).catch(
      async (error: unknown) => {
        await refuseIfGateClosed(deps, question, failedCall(error))
        throw error
      },
    )
    return c.json({ url: link.url, expires_at: toTime(link.expires_at * 1000) }, 201)
  })
  .use('/onboarding/*', asPage)
  .get('/onboarding/:token/refresh', (c) => visited(c, c.req.param('token'), (visit) => sendOff(c, visit)))
  .get('/onboarding/:token/return', (c) =>
    visited(c, c.req.param('token'), ({ journey, live }) => {
      const found = { account: journey.account, onboarding: live.value['onboarding'] ?? '' }
      return c.redirect(returnUrl(journey.returnTo, found), 303)
    }),
  )

/** A person is looking: whatever goes wrong, they get a page, and a way on. */
async function visited(
  c: Context<Env>,
  token: string,
  answer: (visit: Visit) => Response | Promise<Response>,
): Promise<Response> {
  const { deps, requestId } = c.var
  try {
    const visit = await readVisit(deps, token, requestId)
    return visit ? await answer(visit) : await show(c, expiredPage(), 410)
  } catch (error) {
    const { code, status } = toProblem(error)
    if (code === 'rate_limited') {
      c.header('retry-after', '60')
      return show(c, busyPage(), 429)
    }
    noteFailure(c, error)
    return show(c, troublePage(), status >= 500 ? 503 : 409)
  }
}

/** To the form again, where there is one to fill in. Going round for ever is what this prevents. */
async function sendOff(c: Context<Env>, { journey, live }: Visit): Promise<Response> {
  const { account, returnTo } = journey
  const { open, blockers } = explainGate('onboard', live)
  // Stripe sends rejected and disconnected accounts here at once.
  if (!open) return show(c, closedPage(blockers, returnTo), 409)
  const turn = journey.ageMs < AT_ONCE_MS ? journey.turn + 1 : 0
  if (turn > TURNS) return show(c, repeatedPage(returnTo), 409)
  const cause = { kind: 'return' as const, id: `${c.var.requestId}/link` }
  try {
    const journey = { account, returnTo, turn }
    const link = await mintLink(c.var.deps, { live, journey, minting: { cause } })
    return c.redirect(link.url, 303)
  } catch (error) {
    // What Stripe refuses now it refuses again: trying again is not the way on.
    if (toProblem(error).code !== 'stripe_refused') throw error
    noteFailure(c, error)
    return show(c, refusedPage(returnTo), 409)
  }
}

function noteFailure({ var: { deps, requestId } }: Context<Env>, error: unknown): void {
  const { code } = toProblem(error)
  const message = 'visit failed'
  deps.log({ level: 'error', message, request_id: requestId, code, error: describeError(error) })
}

async function show(c: Context<Env>, page: Page, status: 409 | 410 | 429 | 503): Promise<Response> {
  return c.html(page, status)
}
