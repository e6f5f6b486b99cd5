import type { Hono } from 'hono'
import { GOOD_BANK_NUMBER } from '../accounts/bank-accounts.ts'
import { getAccount } from '../accounts/change.ts'
import { OUTCOMES, type Outcome, outcomeOf, saveForLater, submitForm } from '../accounts/onboarding.ts'
import { union } from '../accounts/requirements.ts'
import type { AccountRecord, LinkRecord } from '../core/records.ts'
import { NO_REQUEST, type World, duringRequest } from '../core/world.ts'
import type { Runtime } from '../runtime.ts'
import { type Answers, checkAnswers, onboardingForm } from './onboarding-form.ts'

/**
 * The hosted onboarding page. A link opens it once. A second visit, such as a reload or a chat client's preview, redirects
 * to `refresh_url` (https://docs.stripe.com/connect/hosted-onboarding).
 */
export function registerOnboardingPage(app: Hono, runtime: Runtime): void {
  app.get('/setup/s/:account/:token', (c) => {
    const world = runtime.world()
    runtime.runTasks(world)
    const link = world.tables.links.owned(c.req.param('account'), c.req.param('token'))
    if (link === undefined) return c.text('There is no such link.', 404)
    const opened = canOpen(world, link)
    world.tables.links.replace(link.token, { ...link, openedAt: link.openedAt ?? world.clock.seconds() })
    if (!opened) return c.redirect(link.refreshUrl, 303)
    c.header('cache-control', 'no-store')
    return c.html(onboardingForm(formFor(world, link)))
  })

  app.post('/setup/s/:account/:token', async (c) => {
    const world = runtime.world()
    const form = await c.req.formData()
    runtime.runTasks(world)
    const link = world.tables.links.owned(c.req.param('account'), c.req.param('token'))
    if (link === undefined) return c.text('There is no such link.', 404)
    if (link.openedAt === null || link.closed || !isUsable(world, link))
      return c.redirect(link.refreshUrl, 303)
    const answers = Object.fromEntries(
      [...form].map(([name, value]) => [name, typeof value === 'string' ? value.trim() : '']),
    )
    if (answers['action'] !== 'later') {
      const errors = checkAnswers(answers, formFor(world, link).firstTime)
      if (Object.keys(errors).length > 0) {
        return c.html(onboardingForm({ ...formFor(world, link), answers, errors }), 422)
      }
    }
    world.tables.links.replace(link.token, { ...link, closed: true })
    duringRequest(world, NO_REQUEST, () => finish(world, link.account, answers))
    runtime.runTasks(world)
    runtime.worldChanged()
    return c.redirect(link.returnUrl, 303)
  })
}

function canOpen(world: World, link: LinkRecord): boolean {
  return link.openedAt === null && world.clock.seconds() < link.expiresAt && isUsable(world, link)
}

/** A rejected account can use the form only to appeal. */
function isUsable({ tables }: World, link: LinkRecord): boolean {
  const record = tables.accounts.get(link.account)
  if (record?.connected !== true) return false
  const { requirements } = record.account
  const rejected = requirements?.disabled_reason?.startsWith('rejected.') === true
  return (
    !rejected ||
    union(requirements?.currently_due, requirements?.past_due).some((item) => item.startsWith('interv_'))
  )
}

function formFor(world: World, link: LinkRecord) {
  const record = getAccount(world, link.account)
  const { account } = record
  const due = union(account.requirements?.currently_due, account.requirements?.past_due)
  const eventually = link.fields === 'eventually_due' ? (account.requirements?.eventually_due ?? []) : []
  return {
    action: `/setup/s/${link.account}/${link.token}`,
    platform: world.platform.name,
    record,
    firstTime: !account.details_submitted,
    asked: account.details_submitted ? union(due, eventually) : [],
    answers: prefilled(record),
    errors: {},
  }
}

function prefilled({ account }: AccountRecord): Answers {
  const { individual, business_profile: profile } = account
  return {
    country: account.country ?? 'US',
    business_type: account.business_type ?? 'individual',
    business_name: profile?.name ?? '',
    business_url: profile?.url ?? '',
    first_name: individual?.first_name ?? '',
    last_name: individual?.last_name ?? '',
    email: account.email ?? individual?.email ?? '',
    routing_number: '110000000',
    account_number: GOOD_BANK_NUMBER,
  }
}

function finish(world: World, id: string, answers: Answers): void {
  if (answers['action'] === 'later') {
    saveForLater(world, id)
    return
  }
  const dob = {
    day: Number(answers['dob_day']),
    month: Number(answers['dob_month']),
    year: Number(answers['dob_year']),
  }
  const dateOfBirth = answers['dob_year'] === undefined || answers['dob_year'] === '' ? undefined : dob
  const outcome = OUTCOMES.find((name): name is Outcome => name === answers['outcome'])
  const text = (name: string) => (answers[name] === '' ? undefined : answers[name])
  submitForm(
    world,
    id,
    {
      country: text('country'),
      business_type: text('business_type'),
      business_name: text('business_name'),
      business_url: text('business_url'),
      first_name: text('first_name'),
      last_name: text('last_name'),
      email: text('email'),
      routing_number: text('routing_number'),
      account_number: text('account_number'),
      dob: dateOfBirth,
    },
    outcome ?? outcomeOf(dateOfBirth),
  )
}
