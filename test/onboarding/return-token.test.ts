/** A return token is accepted only as Gatehouse signed it, for one day. */
import { fc, test } from '@fast-check/vitest'
import { sign } from 'hono/jwt'
import { describe, expect, it } from 'vitest'
import { signToken, verifyToken } from '../../src/onboarding/return-token.ts'

const NOW = Date.UTC(2026, 10, 24)
const DAY_MS = 86_400_000
const config = {
  signingSecret: 'a-signing-secret-of-at-least-32-characters',
  publicUrl: 'https://pay.example.com',
}
const content = { account: 'acct_1', returnTo: 'https://app.example.com/done', bounces: 0 }
const signed = await signToken(content, config, NOW)

describe('a return token', () => {
  it('yields its content and its age', async () => {
    expect(await verifyToken(signed, config, NOW + 5_000)).toEqual({ ...content, ageMs: 5_000 })
  })

  it('expires after a day', async () => {
    expect(await verifyToken(signed, config, NOW + DAY_MS - 1_000)).not.toBeNull()
    expect(await verifyToken(signed, config, NOW + DAY_MS)).toBeNull()
  })

  it('is refused if any character of it was changed', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
    const other = (letter: string) => alphabet[(alphabet.indexOf(letter) + 32) % alphabet.length] ?? ''
    const changed = Array.from({ length: signed.length }, (_, at) =>
      [signed.slice(0, at), other(signed.charAt(at)), signed.slice(at + 1)].join(''),
    )
    const read = await Promise.all(changed.map((token) => verifyToken(token, config, NOW)))
    expect(read.filter((token) => token !== null)).toEqual([])
  })

  test.prop([fc.string()])('is refused if it is random text', async (text) => {
    expect(await verifyToken(text, config, NOW)).toBeNull()
  })

  const claims = {
    iss: config.publicUrl,
    aud: 'onboarding',
    sub: 'acct_2',
    ret: content.returnTo,
    turn: 0,
    iat: NOW / 1000,
    exp: NOW / 1000 + 60,
  }
  const key = `onboarding:${config.signingSecret}`
  const unsigned = (header: object) =>
    `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

  it.for([
    ['signed with another secret', sign(claims, 'onboarding:another-secret-another-secret-another')],
    ['signed with the bare secret instead of the key for this purpose', sign(claims, config.signingSecret)],
    ['for another audience', sign({ ...claims, aud: 'console' }, key)],
    ['from another deployment', sign({ ...claims, iss: 'https://staging.example.com' }, key)],
    ['signed with another algorithm', sign(claims, key, 'HS512')],
    ['not signed at all', Promise.resolve(unsigned({ alg: 'none', typ: 'JWT' }))],
    ['without the signature that its header names', Promise.resolve(unsigned({ alg: 'HS256', typ: 'JWT' }))],
    ['without an account', sign({ ...claims, sub: undefined }, key)],
    ['without an expiry', sign({ ...claims, exp: Number.NaN }, key)],
  ] as const)('is refused if it is %s', async ([, token]) => {
    expect(await verifyToken(await token, config, NOW)).toBeNull()
  })

  it('is accepted if the same claims are signed correctly', async () => {
    expect(await verifyToken(await sign(claims, key), config, NOW)).toMatchObject({ account: 'acct_2' })
  })
})
