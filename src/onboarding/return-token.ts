/**
 * The signed token in the refresh and return URLs that Stripe sends an account holder back to. The signature keeps anyone
 * from forging a token, changing its account, or using it to redirect to an address of their own.
 */
import { z } from '@hono/zod-openapi'
import { sign, verify } from 'hono/jwt'
import type { Config } from '../config.ts'

const AUDIENCE = 'onboarding'
const ALGORITHM = 'HS256'
/** A holder may stop to look for documents and come back the same day. */
const LIFETIME_S = 86_400

const Claims = z.object({ sub: z.string(), ret: z.string(), iat: z.int(), exp: z.int(), turn: z.int() })

export interface ReturnToken {
  account: string
  /** The client's page, where the holder came from. */
  returnTo: string
  /** How many links in a row Stripe has sent straight back. */
  bounces: number
}

type SigningConfig = Pick<Config, 'signingSecret' | 'publicUrl'>

export function signToken(token: ReturnToken, config: SigningConfig, now: number): Promise<string> {
  const iat = Math.floor(now / 1000)
  const { account: sub, returnTo: ret, bounces: turn } = token
  const claims = { iss: config.publicUrl, aud: AUDIENCE, sub, ret, turn, iat, exp: iat + LIFETIME_S }
  return sign(claims, keyFor(config), ALGORITHM)
}

/** Null if the token is forged or expired. `ageMs` counts from its signing. */
export async function verifyToken(
  text: string,
  config: SigningConfig,
  now: number,
): Promise<(ReturnToken & { ageMs: number }) | null> {
  try {
    const claims = await verify(text, keyFor(config), {
      alg: ALGORITHM,
      aud: AUDIENCE,
      iss: config.publicUrl,
      // hono/jwt would check the times against the system clock; `now` is checked below.
      exp: false,
      iat: false,
    })
    const { sub, ret, iat, exp, turn } = Claims.parse(claims)
    if (exp <= now / 1000) return null
    return { account: sub, returnTo: ret, bounces: turn, ageMs: now - iat * 1000 }
  } catch {
    return null
  }
}

/** The signing secret has several purposes. A prefix for each keeps a signature from counting for another. */
function keyFor({ signingSecret }: SigningConfig): string {
  return `${AUDIENCE}:${signingSecret}`
}
