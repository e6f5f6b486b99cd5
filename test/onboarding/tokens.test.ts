/** What a token may not be, and where nobody is ever sent. */
import { sign } from 'hono/jwt'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { allowedReturn, returnUrl } from '../../src/http/return-to.ts'
import { fromToken, toToken } from '../../src/onboarding/token.ts'

const NOW = Date.UTC(2026, 10, 24)
const DAY_MS = 86_400_000
const ours = {
  signingSecret: 'a-signing-secret-of-at-least-32-characters',
  publicUrl: 'https://pay.example.com',
}
const aJourney = { account: 'acct_1', returnTo: 'https://app.example.com/done', turn: 0 }
const aToken = await toToken(aJourney, ours, NOW)

describe('a token', () => {
  it('is read back as it was made, and how long ago', async () => {
    expect(await fromToken(aToken, ours, NOW + 5_000)).toEqual({ ...aJourney, ageMs: 5_000 })
  })

  it('expires after a day', async () => {
    expect(await fromToken(aToken, ours, NOW + DAY_MS - 1_000)).not.toBeNull()
    expect(await fromToken(aToken, ours, NOW + DAY_MS)).toBeNull()
  })

  it('is refused when anything of it was changed', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
    const other = (letter: string) => alphabet[(alphabet.indexOf(letter) + 32) % alphabet.length] ?? ''
    const changed = Array.from({ length: aToken.length }, (_, at) =>
      [aToken.slice(0, at), other(aToken.charAt(at)), aToken.slice(at + 1)].join(''),
    )
    const read = await Promise.all(changed.map((token) => fromToken(token, ours, NOW)))
    expect(read.filter((journey) => journey !== null)).toEqual([])
  })

  test.prop([fc.string()])('is refused when it never was one', async (text) => {
    expect(await fromToken(text, ours, NOW)).toBeNull()
  })

  const claims = {
    iss: ours.publicUrl,
    aud: 'onboarding',
    sub: 'acct_2',
    ret: aJourney.returnTo,
    turn: 0,
    iat: NOW / 1000,
    exp: NOW / 1000 + 60,
  }
  const key = `onboarding:${ours.signingSecret}`
  const unsigned = (header: object) =>
    `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

  it.for([
    ['signed with another secret', sign(claims, 'onboarding:another-secret-another-secret-another')],
    ['signed with the bare secret, as other things of ours are', sign(claims, ours.signingSecret)],
    ['of another audience', sign({ ...claims, aud: 'console' }, key)],
    ['of another deployment', sign({ ...claims, iss: 'https://staging.example.com' }, key)],
    ['signed with another algorithm', sign(claims, key, 'HS512')],
    ['not signed at all', Promise.resolve(unsigned({ alg: 'none', typ: 'JWT' }))],
    ['claiming a signature it lacks', Promise.resolve(unsigned({ alg: 'HS256', typ: 'JWT' }))],
    ['without an account', sign({ ...claims, sub: undefined }, key)],
    ['without an end', sign({ ...claims, exp: Number.NaN }, key)],
  ] as const)('is refused when it is %s', async ([, token]) => {
    expect(await fromToken(await token, ours, NOW)).toBeNull()
  })

  it('would be taken, were those claims signed as ours are', async () => {
    expect(await fromToken(await sign(claims, key), ours, NOW)).toMatchObject({ account: 'acct_2' })
  })
})

describe('a return address', () => {
  const config = { returnOrigins: ['https://app.example.com'] }

  it.for([
    ['//evil.example', 'a bare host'],
    ['/\\evil.example', 'a host behind a backslash'],
    ['\\\\evil.example', 'a host behind two backslashes'],
    ['https://evil.example/https://app.example.com', 'ours as a path'],
    ['https://evil.example/?https://app.example.com', 'ours as a query'],
    ['https://evil.example#https://app.example.com', 'ours as a fragment'],
    ['https://app.example.com@evil.example', 'ours as a user name'],
    ['https://app.example.com:443@evil.example', 'ours as a user name and password'],
    ['https://user@app.example.com/', 'ours with a user name'],
    ['https://app.example.com%2f@evil.example', 'ours and an encoded slash as a user name'],
    ['https://app.example.com%2eevil.example', 'ours before an encoded dot'],
    ['https://app.example.com.evil.example', 'ours as a subdomain'],
    ['https://evilapp.example.com', 'a longer first label'],
    ['https://app.example.com.', 'a trailing dot'],
    ['https://аpp.example.com', 'a Cyrillic a'],
    ['https://app.example.com\u2215evil.example', 'a division slash'],
    ['https://app.example.com:8443', 'another port'],
    ['http://app.example.com', 'another scheme'],
    ['javascript:alert(1)//https://app.example.com', 'a script'],
    ['data:text/html,https://app.example.com', 'a page of its own'],
    ['blob:https://app.example.com/1', 'a blob of ours'],
    ['ftp://app.example.com', 'a file server'],
    ['app.example.com', 'no scheme'],
    ['', 'nothing'],
  ] as const)('%s is refused: %s', ([url]) => {
    expect(allowedReturn(url, config)).toBeNull()
  })

  it.for([
    ['https://app.example.com', 'https://app.example.com/'],
    ['https://app.example.com/a?b=c#d', 'https://app.example.com/a?b=c#d'],
    ['https://app.example.com:443/a', 'https://app.example.com/a'],
    ['HTTPS://APP.EXAMPLE.COM/A', 'https://app.example.com/A'],
    ['https://app.example.com\\@evil.example', 'https://app.example.com/@evil.example'],
    ['https:\\\\app.example.com/a', 'https://app.example.com/a'],
    [' https://app.exam\nple.com/a', 'https://app.example.com/a'],
    ['https://app。example.com/a', 'https://app.example.com/a'],
  ] as const)('%s is sent on only as browsers read it: %s', ([url, href]) => {
    expect(allowedReturn(url, config)).toBe(href)
  })

  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom('@', ':', '/', '\\', '.', '#', '?', '%2f', '['),
      fc.string({ maxLength: 1 }),
    ),
  })
  test.prop([anything, anything])('leads to no other origin, whatever stands around it', (before, after) => {
    const allowed = allowedReturn(`${before}https://app.example.com${after}`, config)
    expect(allowed === null || new URL(allowed).origin === 'https://app.example.com').toBe(true)
  })
})

describe('the client’s page', () => {
  const found = { account: 'acct_1', onboarding: 'started' }
  const told = 'account=acct_1&onboarding=started'

  it.for([
    ['https://app.example.com/done', `https://app.example.com/done?${told}`],
    [
      'https://app.example.com/?a=b%20c+d&flag#/top?e=f',
      `https://app.example.com/?a=b%20c+d&flag&${told}#/top?e=f`,
    ],
    ['https://app.example.com/?', `https://app.example.com/?${told}`],
    [
      'https://app.example.com/?account=acct_2&x=1&onboarding=enabled&account=3',
      `https://app.example.com/?x=1&${told}`,
    ],
    ['https://app.example.com/?%61ccount=acct_2&onboarding', `https://app.example.com/?${told}`],
    [
      'https://app.example.com/?my_account=1&constructor=2',
      `https://app.example.com/?my_account=1&constructor=2&${told}`,
    ],
  ] as const)('%s is told the state that was found, and keeps the rest as it was', ([returnTo, url]) => {
    expect(returnUrl(returnTo, found)).toBe(url)
  })
})
