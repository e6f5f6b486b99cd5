/**
 * What Stripe carries back to us in its refresh and return URLs: which account, and where its holder came from. Signed,
 * so that nobody can make one, name another account in it, or turn it into a redirect of their own.
 */
import { sign, verify } from 'hono/jwt'
import { z } from '@hono/zod-openapi'

const AUDIENCE = 'onboarding'
const ALGORITHM = 'HS256'
/** A holder may stop to look for papers and come back the same day. */
const LIFETIME_S = 86_400

const Claims = z.object({ sub: z.string(), ret: z.string(), exp: z.int() })

export interface Journey {
  account: string
  returnTo: string
}

interface Signing {
  secret: string
  now: number
}

export function toToken({ account, returnTo }: Journey, { secret, now }: Signing): Promise<string> {
  const exp = Math.floor(now / 1000) + LIFETIME_S
  return sign({ aud: AUDIENCE, sub: account, ret: returnTo, exp }, secret, ALGORITHM)
}

/** Null: not one of ours, tampered with, or expired. */
export async function fromToken(token: string, { secret, now }: Signing): Promise<Journey | null> {
  try {
    const { sub, ret, exp } = Claims.parse(
      // The time is checked below, against the clock we were given.
      await verify(token, secret, { alg: ALGORITHM, aud: AUDIENCE, exp: false }),
    )
    return exp > now / 1000 ? { account: sub, returnTo: ret } : null
  } catch {
    return null
  }
}
