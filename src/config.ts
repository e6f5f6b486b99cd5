/** Parses the configuration from the environment. An error names the variable and never quotes its value. */
import { z } from 'zod'

const STRIPE_HOST = 'api.stripe.com'
const DATABASE_SCHEMES = ['file:', 'libsql:', 'http:', 'https:', 'ws:', 'wss:']

const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const httpUrl = z
  .url()
  .refine((url) => hasScheme(url, ['http:', 'https:']), 'must be an http or https address')

/** At least one secret is required: without one, no webhook signature could be verified. */
const secrets = commaSeparated.pipe(z.array(z.string().min(8)).min(1))

const Variables = z.object({
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\S+$/, 'must be a Stripe secret or restricted key'),
  STRIPE_PUBLISHABLE_KEY: z.string().regex(/^pk_(test|live)_\S+$/, 'must be a Stripe publishable key'),
  STRIPE_CONNECT_WEBHOOK_SECRETS: secrets,
  STRIPE_PLATFORM_WEBHOOK_SECRETS: secrets,
  STRIPE_API_BASE: httpUrl.optional(),
  SEND_LIVE_KEY_TO_STRIPE_API_BASE: z.enum(['yes', 'no'], 'must be yes or no').default('no'),
  LIBSQL_URL: z
    .url()
    .refine(
      (url) => hasScheme(url, DATABASE_SCHEMES),
      'must be the address of a libSQL server, or file: and a path',
    ),
  LIBSQL_AUTH_TOKEN: z.string().optional(),
  PUBLIC_URL: httpUrl,
  SIGNING_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .refine((text) => new Set(text.trim()).size >= 8, 'must be random, not a few characters repeated'),
  FACTS_MAX_AGE_S: z.coerce.number().int().positive().default(86_400),
  RETURN_ORIGINS: commaSeparated
    .default([])
    .pipe(z.array(z.string().refine(isOrigin, 'must list exact origins, like https://app.example.com'))),
})

/** The names of all configuration variables. */
export const VARIABLES = Object.keys(Variables.shape)

export interface Config {
  stripe: {
    secretKey: string
    publishableKey: string
    apiBase: string | null
    webhookSecrets: { connect: readonly string[]; platform: readonly string[] }
    /** The mode of the secret key. */
    livemode: boolean
  }
  libsql: { url: string; authToken: string | null }
  /** The URL at which clients and Stripe reach this service, without a trailing slash. */
  publicUrl: string
  signingSecret: string
  factsMaxAgeMs: number
  returnOrigins: readonly string[]
}

export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
}

export function parseConfig(environment: Record<string, unknown>): Config {
  const env = parsed(Variables, environment)
  const { secretKey, apiBase, livemode } = stripeOf(env)
  if (livemode !== isLive(env.STRIPE_PUBLISHABLE_KEY)) {
    throw new InvalidConfig(
      'Configuration: STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY belong to different Stripe modes.',
    )
  }
  const { STRIPE_CONNECT_WEBHOOK_SECRETS: connect, STRIPE_PLATFORM_WEBHOOK_SECRETS: platform } = env
  // In test mode, `stripe listen` signs for both endpoints with one secret.
  if (livemode && connect.some((secret) => platform.includes(secret))) {
    throw new InvalidConfig(
      'Configuration: STRIPE_PLATFORM_WEBHOOK_SECRETS must differ from STRIPE_CONNECT_WEBHOOK_SECRETS: each endpoint has its own.',
    )
  }
  for (const [name, urls] of [
    ['PUBLIC_URL', [env.PUBLIC_URL]],
    ['RETURN_ORIGINS', env.RETURN_ORIGINS],
  ] as const) {
    if (livemode && urls.some((url) => !url.startsWith('https:')))
      throw new InvalidConfig(`Configuration: ${name} must use https in live mode.`)
  }
  return {
    stripe: {
      secretKey,
      publishableKey: env.STRIPE_PUBLISHABLE_KEY,
      apiBase,
      webhookSecrets: { connect, platform },
      livemode,
    },
    libsql: { url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN ?? null },
    publicUrl: withoutSlash(env.PUBLIC_URL),
    signingSecret: env.SIGNING_SECRET,
    factsMaxAgeMs: env.FACTS_MAX_AGE_S * 1000,
    returnOrigins: env.RETURN_ORIGINS,
  }
}

/** Parses what calls to Stripe need, for a command that needs nothing else. */
export function parseStripe(environment: Record<string, unknown>): StripeAccess {
  const names = ['STRIPE_SECRET_KEY', 'STRIPE_API_BASE', 'SEND_LIVE_KEY_TO_STRIPE_API_BASE'] as const
  return stripeOf(parseVariables(environment, names))
}

type StripeAccess = Pick<Config['stripe'], 'secretKey' | 'apiBase' | 'livemode'>

/** A live key moves money, so it goes to Stripe alone unless the operators say otherwise, and never in the clear. */
function stripeOf(env: {
  STRIPE_SECRET_KEY: string
  STRIPE_API_BASE?: string | undefined
  SEND_LIVE_KEY_TO_STRIPE_API_BASE: 'yes' | 'no'
}): StripeAccess {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase = null } = env
  const livemode = isLive(secretKey)
  if (livemode && apiBase !== null) {
    const { protocol, host } = new URL(apiBase)
    if (protocol !== 'https:') {
      throw new InvalidConfig('Configuration: STRIPE_API_BASE must use https in live mode.')
    }
    if (host !== STRIPE_HOST && env.SEND_LIVE_KEY_TO_STRIPE_API_BASE !== 'yes') {
      throw new InvalidConfig(
        `Configuration: STRIPE_API_BASE must be ${STRIPE_HOST} in live mode, or SEND_LIVE_KEY_TO_STRIPE_API_BASE must be yes.`,
      )
    }
  }
  return { secretKey, apiBase, livemode }
}

/** Parses the named variables only, for a command that does not need the others. */
export function parseVariables<N extends keyof typeof Variables.shape>(
  environment: Record<string, unknown>,
  names: readonly N[],
) {
  const shape = Object.fromEntries(names.map((name) => [name, Variables.shape[name]]))
  return parsed(z.object(shape as Pick<typeof Variables.shape, N>), environment)
}

export function isLive(key: string): boolean {
  return key.includes('_live_')
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function parsed<T extends z.ZodType>(schema: T, environment: Record<string, unknown>): z.infer<T> {
  const result = schema.safeParse(environment)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message, code }) => {
    const name = path.join('.')
    return code === 'invalid_type' && environment[name] === undefined
      ? `${name} is missing`
      : `${name} ${withoutValue(message)}`
  })
  throw new InvalidConfig(`Configuration: ${problems.join('; ')}.`)
}

function hasScheme(url: string, schemes: readonly string[]): boolean {
  return URL.canParse(url) && schemes.includes(new URL(url).protocol)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

/** zod's built-in messages may quote the value; messages of this file start with "must" and do not. */
function withoutValue(message: string): string {
  return message.startsWith('must ') ? message : 'is not valid'
}
