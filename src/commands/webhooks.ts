/**
 * `npm run webhooks`: compares Stripe's webhook endpoints with what Gatehouse needs, says what to do, and registers what is
 * missing. Stripe shows an endpoint's secret once; it is written where the user says and nowhere else.
 */
import { Command, Option } from 'commander'
import type { Stripe } from 'stripe'
import { parseVariables, withoutSlash } from '../config.ts'
import {
  examine,
  KINDS,
  neededEvents,
  isMendable,
  PINNED_VERSION,
  SCOPE_KEY,
  type Finding,
  type Kind,
} from '../webhooks/endpoints.ts'
import type { Gateway } from '../stripe/gateway.ts'
import { DEV_OPTION, environmentOf, stripeOf, type Where } from './environment.ts'
import { openSink } from './secret-sink.ts'
import { CommandFailed, nodeTerminal, run, type Terminal } from './terminal.ts'
import { advice, secretProblems, SECRETS } from './webhook-advice.ts'

export function webhooksCommand(terminal: Terminal): Command {
  const webhooks = new Command('webhooks').description(
    'Checks and registers the webhook endpoints at Stripe.',
  )
  webhooks
    .command('check')
    .description('compares them with what is needed; ends with 1 where something is wrong')
    .addOption(DEV_OPTION)
    .action(async (where: Where) => {
      const wrong = await check(terminal, where)
      if (wrong > 0)
        throw new CommandFailed(`${wrong === 1 ? 'One thing needs' : `${wrong} things need`} doing.`)
      terminal.err('All is as it should be.')
    })
  webhooks
    .command('create')
    .description('registers the endpoints that are missing, and mends those that can be')
    .addOption(
      new Option('--secrets-to <file>', 'write the new secrets to this file, which must not exist yet'),
    )
    .addOption(new Option('--print-secrets', 'print the new secrets').conflicts('secretsTo'))
    .addOption(DEV_OPTION)
    .action(async (asked: Where & { secretsTo?: string; printSecrets?: boolean }) => create(terminal, asked))
  return webhooks
}

/** How many things are wrong. */
async function check(terminal: Terminal, where: Where): Promise<number> {
  const { findings } = await survey(terminal, where)
  let wrong = 0
  for (const finding of findings) {
    const { kind, url, endpoint, faults } = finding
    terminal.out(`${kind}  ${url}`)
    if (endpoint)
      terminal.out(
        `  found     ${endpoint.id}, ${endpoint.api_version}, ${endpoint.enabled_events.length} event types`,
      )
    for (const fault of faults) {
      const isWrong = fault.kind !== 'needless_events'
      if (isWrong) wrong += 1
      terminal.out(`  ${isWrong ? 'problem ' : 'note    '}  ${advice(fault, finding)}`)
    }
  }
  for (const problem of secretProblems(await environmentOf(terminal, where))) {
    wrong += 1
    terminal.out(`secrets\n  problem   ${problem}`)
  }
  return wrong
}

async function create(
  terminal: Terminal,
  { secretsTo, printSecrets, ...where }: Where & { secretsTo?: string; printSecrets?: boolean },
): Promise<void> {
  const { stripe, findings } = await survey(terminal, where)
  for (const { kind, endpoint, faults } of findings) {
    if (!endpoint || faults.every((fault) => !isMendable(fault))) continue
    // oxlint-disable-next-line no-await-in-loop
    await stripe.updateWebhookEndpoint(endpoint.id, {
      enabled_events: typed(neededEvents(kind)),
      disabled: false,
    })
    terminal.err(`${kind}: mended ${endpoint.id}; its secret stays.`)
  }
  const missing = findings.filter(({ endpoint }) => endpoint === null)
  const made = new Map<Kind, Stripe.WebhookEndpoint>()
  if (missing.length > 0) {
    if (secretsTo === undefined && !printSecrets) {
      throw new CommandFailed(
        'Nothing was registered: Stripe shows a new endpoint’s secret once. Say where it goes, with --secrets-to FILE or --print-secrets.',
      )
    }
    const sink = await openSink(terminal, secretsTo)
    try {
      // oxlint-disable no-await-in-loop
      for (const { kind, url } of missing) {
        const fresh = await register(stripe, kind, url)
        await sink.write(`${SECRETS[kind]}=${fresh.secret ?? ''}`)
        made.set(kind, fresh)
        terminal.err(`${kind}: registered ${fresh.id} for ${url}. Set ${SECRETS[kind]} to its secret.`)
      }
      // oxlint-enable no-await-in-loop
    } finally {
      await sink.close()
    }
  }
  for (const { kind, endpoint, faults } of findings) {
    const now = { kind, endpoint: endpoint ?? made.get(kind) ?? null }
    for (const fault of faults) {
      if (!isMendable(fault) && fault.kind !== 'missing') terminal.err(`${kind}: ${advice(fault, now)}`)
    }
  }
  if (missing.length === 0) terminal.err('Nothing had to be registered.')
}

async function survey(terminal: Terminal, where: Where): Promise<{ stripe: Gateway; findings: Finding[] }> {
  const env = parseVariables(await environmentOf(terminal, where), ['PUBLIC_URL'])
  const publicUrl = withoutSlash(env.PUBLIC_URL)
  const stripe = await stripeOf(terminal, where)
  const endpoints = await allEndpoints(stripe)
  return { stripe, findings: KINDS.map((kind) => examine(kind, { publicUrl, endpoints })) }
}

async function allEndpoints(stripe: Gateway): Promise<Stripe.WebhookEndpoint[]> {
  const endpoints: Stripe.WebhookEndpoint[] = []
  for (;;) {
    const after = endpoints.at(-1)?.id
    // oxlint-disable-next-line no-await-in-loop
    const { value } = await stripe.listWebhookEndpoints({
      limit: 100,
      ...(after && { starting_after: after }),
    })
    endpoints.push(...value.data)
    if (!value.has_more || value.data.length === 0) return endpoints
  }
}

async function register(stripe: Gateway, kind: Kind, url: string): Promise<Stripe.WebhookEndpoint> {
  const { value } = await stripe.createWebhookEndpoint({
    url,
    connect: kind === 'connect',
    enabled_events: typed(neededEvents(kind)),
    api_version: PINNED_VERSION,
    description: `Gatehouse: events of ${kind === 'connect' ? 'connected accounts' : 'the platform itself'}`,
    metadata: { [SCOPE_KEY]: kind },
  })
  return value
}

function typed(events: string[]): Stripe.WebhookEndpointCreateParams.EnabledEvent[] {
  return events as Stripe.WebhookEndpointCreateParams.EnabledEvent[]
}

if (import.meta.main) {
  const terminal = nodeTerminal()
  process.exitCode = await run(webhooksCommand(terminal), process.argv.slice(2), terminal)
}
