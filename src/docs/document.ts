/** The general part of the OpenAPI document. The route definitions add the rest. */
export const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Gatehouse',
    version: '1.0.0',
    description: [
      'What may a connected account do right now, why, and who must act next? Ask, and charge only when the answer is yes.',
      'Requests and responses are JSON with names in snake_case. Times are RFC 3339 in UTC. Amounts are integers in the currency’s minor unit.',
      'Send `Authorization: Bearer gk_…`. Every POST that reaches Stripe needs an `Idempotency-Key`: the same key with the same request returns the first answer, with `Idempotent-Replayed: true`.',
      'Errors are `application/problem+json` (RFC 9457); `code` is stable. Every response has an `X-Request-Id`.',
    ].join('\n\n'),
    license: { name: 'MIT', identifier: 'MIT' },
  },
} as const

export const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: 'An API key, `gk_<mode>_<id>_<secret>`, with a scope that the route accepts.',
} as const
