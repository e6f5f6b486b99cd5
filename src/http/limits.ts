/** How much of a request is read: its address, headers and body, and the JSON in the body. */
import type { Context, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Env } from './env.ts'
import { Problem } from './problem.ts'

/** The longest address is that of an onboarding token, which holds a return address of 2,000 characters. */
const MAX_URL = 8 * 1024
/** Of all names and values together. Stripe's signature header has some hundred bytes for each secret. */
const MAX_HEADERS = 16 * 1024
/** The largest valid request of the API is well below this. */
const MAX_API_BODY = 64 * 1024
/** The deepest valid request has six levels. */
const MAX_LEVELS = 16
/** A checkout with 100 items and all of their fields has about 1,800 values. */
const MAX_VALUES = 3_000

/** @throws Problem uri_too_long, headers_too_large */
export const limitUrlAndHeaders = createMiddleware<Env>(async (c, next) => {
  if (c.req.url.length > MAX_URL) {
    throw new Problem('uri_too_long', `The URL has more than ${MAX_URL} characters.`)
  }
  let size = 0
  for (const [name, value] of c.req.raw.headers) size += name.length + value.length
  if (size > MAX_HEADERS) {
    throw new Problem('headers_too_large', `The headers have more than ${MAX_HEADERS} characters together.`)
  }
  await next()
})

/** @throws Problem body_too_large */
export function limitBody(maxBytes: number): MiddlewareHandler<Env> {
  return createMiddleware<Env>(async (c, next) => {
    await boundedBody(c, maxBytes)
    await next()
  })
}

/** Reads the JSON body of a request to the API. @throws Problem body_too_large, invalid_request */
export async function readJsonBody(c: Context<Env>): Promise<void> {
  const body = await boundedBody(c, MAX_API_BODY)
  if (body) requireModestJson(body)
}

/**
 * Reads the body and counts it meanwhile, whatever length its sender claims. Null: there is none.
 * @throws Problem body_too_large
 */
async function boundedBody(c: Context<Env>, maxBytes: number): Promise<Uint8Array | null> {
  const { raw } = c.req
  if (!raw.body) return null
  const tooLarge = () =>
    new Problem(
      'body_too_large',
      `The body is larger than the ${maxBytes / 1024} KiB that this route accepts.`,
    )
  if (Number(raw.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = raw.body.getReader()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > maxBytes) {
      // Not awaited: the sender may never acknowledge it.
      void reader.cancel().catch(() => {})
      throw tooLarge()
    }
    chunks.push(value)
  }
  const body = concatenated(chunks, size)
  c.req.raw = new Request(raw, { method: raw.method, body })
  return body
}

function concatenated(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const OPENS = new Set([0x5b, 0x7b])
const CLOSES = new Set([0x5d, 0x7d])

/**
 * Counts levels and values without parsing, so that a parser or schema never meets more. Bytes of JSON's own characters occur
 * in no other UTF-8 character.
 * @throws Problem invalid_request
 */
function requireModestJson(json: Uint8Array): void {
  let isString = false
  let level = 0
  let values = 1
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0
    if (isString) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) isString = false
    } else if (byte === QUOTE) {
      isString = true
    } else if (byte === COMMA) {
      values += 1
    } else if (OPENS.has(byte)) {
      level += 1
      values += 1
    } else if (CLOSES.has(byte)) {
      level -= 1
    }
    if (level > MAX_LEVELS) throw immodest(`must have at most ${MAX_LEVELS} levels`)
    if (values > MAX_VALUES) throw immodest(`must have at most ${MAX_VALUES} values`)
  }
}

function immodest(message: string): Problem {
  return new Problem('invalid_request', `body: ${message}`, { members: { errors: [{ path: '', message }] } })
}
