/** Onboarding: a link for the account holder, and the two addresses Stripe sends them back to. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { LiveAccount } from '../../machines/account/account.ts'
import { explainGate } from '../accounts/explain.ts'
import { foundAccount } from '../accounts/find.ts'
import { passGate } from '../accounts/gate.ts'
import { AccountParams } from '../accounts/schemas.ts'
import { advance } from '../advance/advance.ts'
import { readAs } from '../advance/read-as.ts'
import { refresh } from '../advance/refresh.ts'
import type { Env } from '../http/env.ts'
import { enterKeyed } from '../http/once.ts'
import { PAGE_CSP, pageShell } from '../http/page-shell.ts'
import { body, IdempotencyKey, json, problems, secured } from '../http/route.ts'
import { newRouter } from '../http/router.ts'
import { toTime } from '../http/time.ts'
import { describeError } from '../log.ts'
import { mintLink } from '../onboarding/link.ts'
import { isAllowedReturn, requireAllowedReturn, returnUrl } from '../onboarding/return-to.ts'
import { fromToken, type Journey } from '../onboarding/token.ts'
import { parseInstances, selectInstance } from '../store/instances.ts'
import { insertPending } from '../store/requests.ts'
import type { InstanceRow } from '../store/rows.ts'

const CreateLink = z
  .strictObject({
    return_to: z.url().openapi({
      description:
        'Your page, on an allowed origin. The holder comes back to `return_to?account=…&onboarding=<state>`.',
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
    'Behind the `onboard` gate. Needs an `Idempotency-Key`; as a link is single use and never stored, a retry gets a fresh one.',
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

export const onboarding = newRouter()
  .openapi(create, async (c) => {
    const { account } = c.req.valid('param')
    const { return_to } = c.req.valid('json')
    const { deps, requestId } = c.var
    const { keyed, rows } = await enterKeyed(c, [selectInstance('account', account)])
    requireAllowedReturn(return_to, deps.config)
    const row = foundAccount(rows[0], account)
    await passGate(deps, { gate: 'onboard', row, requestId })
    const link = await mintLink(deps, { account, returnTo: return_to })
    const at = deps.now()
    const happening = {
      machine: 'account',
      id: account,
      account,
      event: { type: 'onboarding.link_minted', at },
    } as const
    await advance(deps, [
      {
        cause: { kind: 'command', id: requestId },
        happenings: [happening],
        record: () => [insertPending({ ...keyed, at })],
      },
    ])
    return c.json({ url: link.url, expires_at: toTime(link.expires_at * 1000) }, 201)
  })
  .get('/onboarding/:token/refresh', async (c) => {
    const found = await visit(c, c.req.param('token'))
    if (!found) return expiredPage(c)
    const { journey, live } = found
    const gate = explainGate('onboard', live)
    // Stripe sends rejected and disconnected accounts here at once: minting for them would go round for ever.
    if (!gate.open)
      return closedPage(
        c,
        journey,
        gate.blockers.map(({ detail }) => detail),
      )
    const link = await mintLink(c.var.deps, journey)
    return c.redirect(link.url, 303)
  })
  .get('/onboarding/:token/return', async (c) => {
    const found = await visit(c, c.req.param('token'))
    if (!found) return expiredPage(c)
    const { journey, live } = found
    return c.redirect(
      returnUrl(journey.returnTo, { account: journey.account, onboarding: live.value['onboarding'] ?? '' }),
      303,
    )
  })

/** A visit proves nothing but that somebody came: what the account is now, Stripe is asked. Null: not a link of ours. */
async function visit(
  c: Context<Env>,
  token: string,
): Promise<{ journey: Journey; live: LiveAccount } | null> {
  const { deps, requestId } = c.var
  const journey = await fromToken(token, { secret: deps.config.signingSecret, now: deps.now() })
  if (!journey || !isAllowedReturn(journey.returnTo, deps.config)) return null
  const row = await findAccount(c, journey.account)
  if (!row) return null
  try {
    const outcome = await refresh(deps, row, { kind: 'return', id: requestId })
    const result = outcome?.kind === 'taken' ? outcome.results[0] : undefined
    if (result && result.kind !== 'unknown') return { journey, live: result.live as LiveAccount }
  } catch (error) {
    // Stripe is away. The holder still gets back to their page; the webhook will tell the rest.
    deps.log({
      level: 'warn',
      message: 'visit not verified',
      request_id: requestId,
      error: describeError(error),
    })
  }
  return { journey, live: readAs('account', row) }
}

async function findAccount(c: Context<Env>, account: string): Promise<InstanceRow | undefined> {
  const [rows = []] = await c.var.deps.db.read([selectInstance('account', account)])
  return parseInstances(rows)[0]
}

function closedPage(c: Context<Env>, journey: Journey, reasons: readonly string[]) {
  c.header('content-security-policy', PAGE_CSP)
  return c.html(
    pageShell(
      'Onboarding is closed for now',
      html`${reasons.map((reason) => html`<p>${reason}</p>`)}
        <p><a href="${journey.returnTo}">Back to where you came from</a></p>`,
    ),
    409,
  )
}

function expiredPage(c: Context<Env>) {
  c.header('content-security-policy', PAGE_CSP)
  return c.html(
    pageShell(
      'This link has expired',
      html`<p>Go back to the page you came from and start again from there.</p>`,
    ),
    410,
  )
}
