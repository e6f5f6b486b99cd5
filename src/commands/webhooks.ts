/**
 * `npm run webhooks`: checks Stripe's webhook endpoints against those that Gatehouse needs, and registers missing ones.
 * Stripe returns an endpoint's secret only on creation, so the user chooses where it goes first.
 */
import { Command, Option } from 'commander'
import type { Stripe } from 'stripe'
import { parseVariables, withoutSlash } from '../config.ts'
import {
  inspectEndpoints,
  isFixable,
  KINDS,
  neededEvents,
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
    .description('checks the endpoints and their secrets; exits with 1 if something is wrong')
    .addOption(DEV_OPTION)
    .action(async (where: Where) => {
      const wrong = await check(terminal, where)
      if (wrong > 0)
        throw new CommandFailed(`${wrong === 1 ? 'One problem needs' : `${wrong} problems need`} fixing.`)
      terminal.err('The endpoints and their secrets are in order.')
    })
  webhooks
    .command('create')
    .description('registers missing endpoints, and updates existing ones where possible')
    .addOption(
      new Option('--secrets-to <file>', 'write the new secrets to this file, which must not exist yet'),
    )
    .addOption(new Option('--print-secrets', 'print the new secrets').conflicts('secretsTo'))
    .addOption(DEV_OPTION)
    .action(async (options: Where & { secretsTo?: string; printSecrets?: boolean }) =>
      create(terminal, options),
    )
  return webhooks
}

/** Prints every finding; returns the number of problems. */
async function check(terminal: Terminal, where: Where): Promise<number> {
  const { findings } = await inspect(terminal, where)
  let wrong = 0
  for (const finding of findings) {
    const { kind, url, endpoint, faults } = finding
    terminal.out(`${kind}  ${url}`)
    if (endpoint)
      terminal.out(
        `  found     ${endpoint.id}, ${endpoint.api_version}, ${endpoint.enabled_events.length} event types`,
      )
    for (const fault of faults) {
      const isWrong = fault.kind !== 'unused_events'
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
  const { stripe, findings } = await inspect(terminal, where)
  for (const { kind, endpoint, faults } of findings) {
    if (!endpoint || !faults.some(isFixable)) continue
    // oxlint-disable-next-line no-await-in-loop
    await stripe.updateWebhookEndpoint(endpoint.id, {
      enabled_events: typed(neededEvents(kind)),
      disabled: false,
    })
    terminal.err(`${kind}: updated ${endpoint.id}; its secret stays the same.`)
  }
  const missing = findings.filter(({ endpoint }) => endpoint === null)
  const registered = new Map<Kind, Stripe.WebhookEndpoint>()
  if (missing.length > 0) {
    if (secretsTo === undefined && !printSecrets) {
      throw new CommandFailed(
        'Nothing was registered: Stripe shows a new endpoint’s secret only once. Choose where it goes with --secrets-to FILE or --print-secrets.',
      )
    }
    const sink = await openSink(terminal, secretsTo)
    try {
      // oxlint-disable no-await-in-loop
      for (const { kind, url } of missing) {
        const fresh = await register(stripe, kind, url)
        await sink.write(`${SECRETS[kind]}=${fresh.secret ?? ''}`)
        registered.set(kind, fresh)
        terminal.err(`${kind}: registered ${fresh.id} for ${url}. Set ${SECRETS[kind]} to its secret.`)
      }
      // oxlint-enable no-await-in-loop
    } finally {
      await sink.close()
    }
  }
  for (const { kind, endpoint, faults } of findings) {
    const current = { kind, endpoint: endpoint ?? registered.get(kind) ?? null }
    for (const fault of faults) {
      if (!isFixable(fault) && fault.kind !== 'missing') terminal.err(`${kind}: ${advice(fault, current)}`)
    }
  }
  if (missing.length === 0) terminal.err('No endpoint was missing.')
}

async function inspect(terminal: Terminal, where: Where): Promise<{ stripe: Gateway; findings: Finding[] }> {
  const env = parseVariables(await environmentOf(terminal, where), ['PUBLIC_URL'])
  const publicUrl = withoutSlash(env.PUBLIC_URL)
  const stripe = await stripeOf(terminal, where)
  const endpoints = await allEndpoints(stripe)
  return { stripe, findings: KINDS.map((kind) => inspectEndpoints(kind, { publicUrl, endpoints })) }
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
