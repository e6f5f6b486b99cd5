/**
 * What Stripe carries back to us in its refresh and return URLs: which account, and where its holder came from. Signed,
 * so that nobody can make one, name another account in it, or turn it into a redirect of their own.
 */
import { sign, verify } from 'hono/jwt'
import { z } from '@hono/zod-openapi'
import type { Config } from '../config.ts'

const AUDIENCE = 'onboarding'
const ALGORITHM = 'HS256'
/** A holder may stop to look for papers and come back the same day. */
const LIFETIME_S = 86_400

const Claims = z.object({ sub: z.string(), ret: z.string(), iat: z.int(), exp: z.int(), turn: z.int() })

export interface Journey {
  account: string
  returnTo: string
  /** How many links in a row Stripe has sent straight back. */
  turn: number
}

/** A journey as it was found in a token. */
export interface Arrived extends Journey {
  /** Since the token was made, in ms. */
  ageMs: number
}

type Signing = Pick<Config, 'signingSecret' | 'publicUrl'>

export function toToken(journey: Journey, config: Signing, now: number): Promise<string> {
  const iat = Math.floor(now / 1000)
  const { account: sub, returnTo: ret, turn } = journey
  const claims = { iss: config.publicUrl, aud: AUDIENCE, sub, ret, turn, iat, exp: iat + LIFETIME_S }
  return sign(claims, keyOf(config), ALGORITHM)
}

/** Null: not one of ours, tampered with, or expired. */
export async function fromToken(token: string, config: Signing, now: number): Promise<Arrived | null> {
  try {
    const { sub, ret, iat, exp, turn } = Claims.parse(
      await verify(token, keyOf(config), {
        alg: ALGORITHM,
        aud: AUDIENCE,
        iss: config.publicUrl,
        // The times are checked below, against the clock we were given.
        exp: false,
        iat: false,
      }),
    )
    if (exp <= now / 1000) return null
    return { account: sub, returnTo: ret, turn, ageMs: now - iat * 1000 }
  } catch {
    return null
  }
}

/** The signing secret signs other things too; what is signed for one purpose is worth nothing for another. */
function keyOf({ signingSecret }: Signing): string {
  return `${AUDIENCE}:${signingSecret}`
}
