/** Parts that all route definitions share, so that the OpenAPI document always has them. */
import { createRoute, z, type RouteConfig } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { scopesOf, type RouteName } from './access.ts'
import type { Scope } from './api-key.ts'
import { presentedKey } from './authenticate.ts'
import { readJsonBody } from './limits.ts'
import type { Env } from './env.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** Problems that every route may answer with. */
const PUBLIC_PROBLEMS: readonly ProblemCode[] = [
  'uri_too_long',
  'headers_too_large',
  'internal_error',
  'misconfigured',
]

/** Problems that every authenticated route may answer with. */
const COMMON_PROBLEMS: readonly ProblemCode[] = [
  ...PUBLIC_PROBLEMS,
  'unauthenticated',
  'missing_scope',
  'invalid_request',
  'rate_limited',
  'storage_unavailable',
]

export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
  })
  .loose()
  .openapi('Problem')

type Definition<P extends string> = Omit<RouteConfig, 'path' | 'security' | 'middleware'> & { path: P }
type NameOf<R extends Definition<string>> = `${Uppercase<R['method']>} ${R['path']}`
type Listed<R extends Definition<string>> =
  NameOf<R> extends RouteName ? unknown : { missing_in_the_route_table: NameOf<R> }
type Guarded = { middleware: MiddlewareHandler<Env>[] }

/**
 * Defines a route of the API. Who may call it is not said here but in the route table: a route that is not listed there does
 * not compile. A route with scopes turns a caller without a well-formed key away before it reads anything else.
 */
export function defineRoute<P extends string, R extends Definition<P>>(
  definition: R & Listed<R>,
): ReturnType<typeof createRoute<P, R & Guarded>> {
  const name = `${definition.method.toUpperCase()} ${definition.path}`
  const scopes = scopesOf(name)
  return createRoute<P, R & Guarded>({
    ...definition,
    ...(scopes && { security: scopes.map((scope) => ({ apiKey: [scope] })) }),
    middleware: scopes ? [requireAuthentication(name, scopes)] : [],
  })
}

function requireAuthentication(name: string, scopes: readonly Scope[]): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async (c, next) => {
    c.set('scopes', scopes)
    await presentedKey(c)
    await readJsonBody(c)
    await next()
    if (!c.var.client && c.res.status < 400)
      throw new Error(`${name} answered without authenticating its caller`)
  })
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema: wellFormed(schema) } } }
}

/** For a body whose fields are all optional: the client may omit the body too. */
export function optionalBody<T extends z.ZodType>(schema: T) {
  return { required: false, content: { 'application/json': { schema: wellFormed(schema) } } }
}

/** JSON can escape a lone surrogate, which neither Stripe nor the database accepts, because UTF-8 cannot encode it. */
function wellFormed<T extends z.ZodType>(schema: T): T {
  return schema.superRefine((value, context) => {
    for (const path of loneSurrogates(value)) {
      context.addIssue({ code: 'custom', path, message: 'must not hold half a surrogate pair' })
    }
  })
}

/** The paths of the strings, or of the objects with keys, that contain a lone surrogate. */
function loneSurrogates(value: unknown): string[][] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [[]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key.isWellFormed() ? loneSurrogates(part).map((path) => [key, ...path]) : [[]],
  )
}

/**
 * The problem responses of a route, by status. The return type hides them from the handler's type: a handler throws a
 * `Problem` and returns successes only.
 */
export function problems(...codes: ProblemCode[]): object {
  return responsesOf(new Set([...codes, ...COMMON_PROBLEMS]))
}

/** The same for a route that needs no key. */
export function publicProblems(): object {
  return responsesOf(new Set(PUBLIC_PROBLEMS))
}

function responsesOf(codes: ReadonlySet<ProblemCode>): object {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) {
    const { status } = PROBLEMS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: ProblemBody } },
      },
    ]),
  )
}

/** Required on every POST that creates or changes something at Stripe. */
export const IdempotencyKey = z.object({
  // Optional for the validator only: a missing or unusable key gets its own problem, `idempotency_key_required`.
  'idempotency-key': z
    .string()
    .optional()
    .openapi({
      param: { name: 'idempotency-key', in: 'header', required: true },
      minLength: 1,
      maxLength: 200,
      description: '1–200 ASCII characters. A retry with the same key and body returns the first answer.',
    }),
})
