/** What is wrong with the webhook endpoints, in words, and what to do about it. */
import { KINDS, PINNED_VERSION, type Fault, type Finding, type Kind } from '../webhooks/endpoints.ts'

export const SECRETS = {
  connect: 'STRIPE_CONNECT_WEBHOOK_SECRETS',
  platform: 'STRIPE_PLATFORM_WEBHOOK_SECRETS',
} as const satisfies Record<Kind, string>

/** What is wrong, and what to do. */
export function advice(fault: Fault, { kind, endpoint }: Pick<Finding, 'kind' | 'endpoint'>): string {
  switch (fault.kind) {
    case 'missing':
      return `no endpoint sends events of ${kind === 'connect' ? 'connected accounts' : 'the platform itself'} here. Run \`npm run webhooks -- create\`.`
    case 'wrong_scope':
      return `${fault.id} listens to the other scope, ${kind === 'connect' ? 'your own account' : 'connected accounts'}, and that cannot be changed. Delete it in Stripe’s Dashboard${endpoint ? '' : ', then run `npm run webhooks -- create`'}.`
    case 'wrong_version':
      return `${fault.id} sends events of version ${fault.version ?? 'the account’s default'} instead of ${PINNED_VERSION}, and that cannot be changed. ${endpoint ? `${endpoint.id} replaces it` : 'Run `npm run webhooks -- create`'}: add the new secret to ${SECRETS[kind]} beside the old, deploy, then delete ${fault.id}.`
    case 'disabled':
      return `${fault.id} is disabled: Stripe sends nothing. Run \`npm run webhooks -- create\` to enable it; what was missed is read back from Stripe’s events.`
    case 'missing_events':
      return `${fault.id} does not send ${fault.events.join(', ')}. Run \`npm run webhooks -- create\` to add them.`
    case 'needless_events':
      return `${fault.id} also sends ${fault.events.includes('*') ? 'every other event' : fault.events.join(', ')}, which nothing here reads. Run \`npm run webhooks -- create\` to stop that.`
    case 'doubled':
      return `${fault.ids.join(' and ')} both send here, so every event comes more than once. Delete all but one, and keep its secret.`
  }
}

export function secretProblems(env: Record<string, string | undefined>): string[] {
  const secrets = KINDS.map((kind) => {
    const name = SECRETS[kind]
    return { name, values: (env[name] ?? '').split(',').flatMap((part) => part.trim() || []) }
  })
  const [connect, platform] = secrets
  return [
    ...secrets.flatMap(({ name, values }) =>
      values.length === 0
        ? [
            `${name} is not set here: without it every event of that endpoint is refused. Stripe’s Dashboard reveals the secret of an endpoint that is there.`,
          ]
        : values.some((value) => !value.startsWith('whsec_'))
          ? [`${name} holds something that is not a webhook secret (whsec_…).`]
          : [],
    ),
    ...(connect?.values.some((value) => platform?.values.includes(value))
      ? [`${connect.name} and ${platform?.name} hold the same secret: each endpoint has its own.`]
      : []),
  ]
}
