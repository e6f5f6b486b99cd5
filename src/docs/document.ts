/** What the OpenAPI document says of the whole; the routes say the rest. */
export const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Gatehouse',
    version: '1.0.0',
    description: [
      'What may a connected account do right now, why, and who must act next? Ask, and charge only when the answer is yes.',
      'JSON in and out, names in snake_case, times in RFC 3339 UTC, amounts as integers in the currency’s minor unit.',
      'Send `Authorization: Bearer gk_…`. Every POST that reaches Stripe needs an `Idempotency-Key`: the same key with the same request reads the first answer, with `Idempotent-Replayed: true`.',
      'Errors are `application/problem+json` (RFC 9457); `code` is stable. Every answer carries `X-Request-Id`.',
    ].join('\n\n'),
    license: { name: 'MIT', identifier: 'MIT' },
  },
} as const

export const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: 'An API key, `gk_<mode>_<id>_<secret>`, with the scopes a route asks for.',
} as const
