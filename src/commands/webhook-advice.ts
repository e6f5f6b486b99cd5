/** Describes the faults of webhook endpoints and their secrets, and how to fix each. */
import { KINDS, PINNED_VERSION, type Fault, type Finding, type Kind } from '../webhooks/endpoints.ts'

export const SECRETS = {
  connect: 'STRIPE_CONNECT_WEBHOOK_SECRETS',
  platform: 'STRIPE_PLATFORM_WEBHOOK_SECRETS',
} as const satisfies Record<Kind, string>

export function advice(fault: Fault, { kind, endpoint }: Pick<Finding, 'kind' | 'endpoint'>): string {
  switch (fault.kind) {
    case 'missing':
      return `no endpoint sends events of ${kind === 'connect' ? 'connected accounts' : 'the platform itself'} to this URL. Run \`npm run webhooks -- create\`.`
    case 'wrong_scope':
      return `${fault.id} listens to the other scope, ${kind === 'connect' ? 'your own account' : 'connected accounts'}, and that cannot be changed. Delete it in Stripe’s Dashboard${endpoint ? '' : ', then run `npm run webhooks -- create`'}.`
    case 'wrong_version':
      return `${fault.id} sends events of version ${fault.version ?? 'the account’s default'} instead of ${PINNED_VERSION}, and that cannot be changed. ${endpoint ? `${endpoint.id} replaces it` : 'Run `npm run webhooks -- create`'}: add the new secret to ${SECRETS[kind]} beside the old, deploy, then delete ${fault.id}.`
    case 'disabled':
      return `${fault.id} is disabled: Stripe sends it nothing. Run \`npm run webhooks -- create\` to enable it; the reconciler reads the missed events back from Stripe.`
    case 'missing_events':
      return `${fault.id} does not send ${fault.events.join(', ')}. Run \`npm run webhooks -- create\` to add them.`
    case 'unused_events':
      return `${fault.id} also sends ${fault.events.includes('*') ? 'every other event' : fault.events.join(', ')}, which Gatehouse does not use. Run \`npm run webhooks -- create\` to stop that.`
    case 'duplicate':
      return `${fault.ids.join(' and ')} all send to this URL, so every event arrives more than once. Delete all but one, and keep its secret.`
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
            `${name} is not set: without it, every event of that endpoint is refused. Stripe’s Dashboard shows the secret of an existing endpoint.`,
          ]
        : values.some((value) => !value.startsWith('whsec_'))
          ? [`${name} contains a value that is not a webhook secret (whsec_…).`]
          : [],
    ),
    ...(connect?.values.some((value) => platform?.values.includes(value))
      ? [`${connect.name} and ${platform?.name} contain the same secret: each endpoint has its own.`]
      : []),
  ]
}
