/** The parts every route's definition shares, so that the OpenAPI document cannot forget them. */
import { z } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import type { Scope } from './api-key.ts'
import type { Env } from './env.ts'
import { PROBLEMS, type ProblemCode } from './problem.ts'

/** Any route that has a scope may answer these. */
const ALWAYS: readonly ProblemCode[] = [
  'unauthenticated',
  'missing_scope',
  'invalid_request',
  'rate_limited',
  'internal_error',
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

/** The route needs a key with one of these scopes. */
export function secured(...scopes: Scope[]) {
  return {
    security: scopes.map((scope) => ({ apiKey: [scope] })),
    middleware: [
      createMiddleware<Env>(async (c, next) => {
        c.set('scopes', scopes)
        await next()
      }),
    ],
  }
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema: ofCharacters(schema) } } }
}

/** A body of which every field may be left out, and so may it. */
export function optionalBody<T extends z.ZodType>(schema: T) {
  return { required: false, content: { 'application/json': { schema: ofCharacters(schema) } } }
}

/** JSON can escape half a surrogate pair, which is no character: neither Stripe's encoding nor the database takes it. */
function ofCharacters<T extends z.ZodType>(schema: T): T {
  return schema.superRefine((value, context) => {
    for (const path of brokenTexts(value)) {
      context.addIssue({ code: 'custom', path, message: 'must not hold half a surrogate pair' })
    }
  })
}

function brokenTexts(value: unknown): string[][] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [[]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key.isWellFormed() ? brokenTexts(part).map((path) => [key, ...path]) : [[]],
  )
}

/**
 * The answers that are problems, by status. Typed as nothing: a handler throws a problem, it never returns one, so its
 * own type stays that of its success.
 */
export function problems(...codes: ProblemCode[]): object {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of new Set([...codes, ...ALWAYS])) {
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

/** Every POST that reaches Stripe carries one; the same key gives the same answer. */
export const IdempotencyKey = z.object({
  // Anything goes to the validator only: what is missing, or too long, has an answer of its own, by name.
  'idempotency-key': z
    .string()
    .optional()
    .openapi({
      param: { name: 'idempotency-key', in: 'header', required: true },
      minLength: 1,
      maxLength: 200,
      description: '1–200 characters of ASCII. A retry with the same key and body reads the first answer.',
    }),
})

/** `?limit=&cursor=`, on every list. A filter that is misspelt is refused: without it, the list would be another. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
})
