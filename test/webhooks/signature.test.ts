/** `isSigned` accepts a body only if one of the secrets signed its exact bytes within five minutes of now. */
import { describe, expect, it } from 'vitest'
import { Stripe } from 'stripe'
import { isSigned } from '../../src/webhooks/signature.ts'

const NOW_S = 1_800_000_000
const BODY = '{"id":"evt_1"}'
const SECRETS = ['whsec_old', 'whsec_new']

const sign = (secret: string, timestamp: number) =>
  Stripe.webhooks.generateTestHeaderStringAsync({ payload: BODY, secret, timestamp })

const verify = (header: string | null, over: Partial<Parameters<typeof isSigned>[0]> = {}) =>
  isSigned({ body: BODY, header, secrets: SECRETS, now: NOW_S * 1000, ...over })

describe('a body is accepted', () => {
  it.each(SECRETS)('when it is signed with %s', async (secret) => {
    expect(await verify(await sign(secret, NOW_S))).toBe(true)
  })

  it.each([
    ['300 seconds ago', -300],
    ['300 seconds ahead', 300],
  ])('when it was signed %s', async (_, offset) => {
    expect(await verify(await sign('whsec_new', NOW_S + offset))).toBe(true)
  })

  it('when the header has a further, unknown scheme', async () => {
    expect(await verify(`${await sign('whsec_new', NOW_S)},v2=00`)).toBe(true)
  })
})

describe('a body is refused', () => {
  it.each([
    ['301 seconds ago', -301],
    ['301 seconds ahead', 301],
  ])('when it was signed %s', async (_, offset) => {
    expect(await verify(await sign('whsec_new', NOW_S + offset))).toBe(false)
  })

  it.each([
    ['is missing', () => null],
    ['is empty', () => ''],
    ['has no time', (signed: string) => signed.replace(/^t=\d+,/, '')],
    ['has two times', (signed: string) => `t=${NOW_S},${signed}`],
    ['has a space before the time', (signed: string) => signed.replace(/^t=/, 't= ')],
    ['has a letter after the time', (signed: string) => signed.replace(/^(t=\d+)/, '$1x')],
    ['has a time with too many digits', () => `t=${'1'.repeat(13)},v1=00`],
    ['has a time other than the signed one', (signed: string) => signed.replace(/^t=\d+/, `t=${NOW_S - 1}`)],
    ['has no v1', (signed: string) => signed.replace('v1=', 'v0=')],
  ])('when the header %s', async (_, corrupt) => {
    expect(await verify(corrupt(await sign('whsec_new', NOW_S)))).toBe(false)
  })

  it('when another secret signed it, or no secret is configured', async () => {
    const signed = await sign('whsec_new', NOW_S)
    expect(await verify(signed, { secrets: ['whsec_other'] })).toBe(false)
    expect(await verify(signed, { secrets: [] })).toBe(false)
  })

  it('when one byte differs from the signed body', async () => {
    expect(await verify(await sign('whsec_new', NOW_S), { body: `${BODY} ` })).toBe(false)
  })
})
