/** Generators of malformed webhooks: forged signature headers, and bodies that are corrupted in many ways. */
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { Stripe } from 'stripe'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const sign = (payload: string, secret: string, timestamp: number) =>
  Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp })

export interface Forgery {
  payload: string
  /** The secret of the receiving endpoint, and the other endpoint's. */
  secret: string
  other: string
  nowS: number
}

const printable = fc.string({
  unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCodePoint(code)),
})

/** Invalid signature headers, each with a name for its defect. */
export const forgeries: Arbitrary<{ is: string; forge: (of: Forgery) => Promise<string | null> }> = fc.oneof(
  fc.constantFrom(
    { is: 'missing', forge: async () => null },
    { is: 'empty', forge: async () => '' },
    { is: 'of the other endpoint', forge: ({ payload, other, nowS }: Forgery) => sign(payload, other, nowS) },
    {
      is: 'of another body',
      forge: ({ payload, secret, nowS }: Forgery) => sign(`${payload} `, secret, nowS),
    },
    { is: 'all commas', forge: async () => ','.repeat(5_000) },
    {
      is: 'of an old scheme',
      forge: async ({ payload, secret, nowS }: Forgery) =>
        (await sign(payload, secret, nowS)).replace('v1=', 'v0='),
    },
    {
      is: 'without a timestamp',
      forge: async ({ payload, secret, nowS }: Forgery) =>
        (await sign(payload, secret, nowS)).replace(/^t=\d+,/, ''),
    },
    {
      is: 'with two timestamps',
      forge: async ({ payload, secret, nowS }: Forgery) => `t=${nowS},${await sign(payload, secret, nowS)}`,
    },
  ),
  fc.oneof(fc.integer({ min: -1e9, max: -302 }), fc.integer({ min: 302, max: 1e9 })).map((offset) => ({
    is: offset < 0 ? 'too old' : 'from the future',
    forge: ({ payload, secret, nowS }: Forgery) => sign(payload, secret, nowS + offset),
  })),
  fc.nat({ max: 63 }).map((index) => ({
    is: 'with a wrong digit',
    async forge({ payload, secret, nowS }: Forgery) {
      const signed = await sign(payload, secret, nowS)
      const at = signed.indexOf('v1=') + 3 + index
      return signed.slice(0, at) + (signed[at] === '0' ? '1' : '0') + signed.slice(at + 1)
    },
  })),
  fc.nat({ max: 63 }).map((length) => ({
    is: 'cut short',
    forge: async ({ payload, secret, nowS }: Forgery) =>
      (await sign(payload, secret, nowS)).replace(/v1=.*/, (proof) => proof.slice(0, 3 + length)),
  })),
  printable.map((text) => ({ is: 'random text', forge: async () => text })),
  fc.tuple(fc.nat(), fc.array(printable, { maxLength: 40 })).map(([time, proofs]) => ({
    is: 'a random signature of the right form',
    forge: async () => [`t=${time}`, ...proofs.map((proof) => `v1=${proof}`)].join(','),
  })),
)

const unusualNumbers = fc.constantFrom(-1, 0, 0.5, 1e15, 2 ** 53, 1e308, -1e308)
const unusualTexts = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'true',
    'active',
    'enabled',
    '__proto__',
    '\u0000',
    '\ud800',
    'acct_1',
    '‮',
    'x'.repeat(20_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const deep = fc.integer({ min: 50, max: 1_200 }).map((depth): Json => {
  let value: Json = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value }
  return value
})
const polluting = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty').map(
  (key): Json =>
    // From JSON text: in an object literal, `__proto__` would set the prototype.
    JSON.parse(
      `{"${key}": {"polluted": true, "charges_enabled": true, "prototype": {"polluted": true}}}`,
    ) as Json,
)
export const malformedValues: Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Json>(null, true, false, [], {}, [[]], [null], [{}]) },
  { weight: 2, arbitrary: unusualNumbers },
  { weight: 3, arbitrary: unusualTexts },
  { weight: 1, arbitrary: deep },
  { weight: 2, arbitrary: polluting },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) as Arbitrary<Json> },
)

type Spoil = (body: string) => string

/** Replaces, removes or adds fields. */
const fields: Arbitrary<Spoil> = fc
  .array(
    fc.record({
      where: fc.nat(),
      how: fc.constantFrom('replace' as const, 'remove' as const, 'add' as const),
      key: fc.constantFrom('__proto__', 'constructor', 'id', 'object', 'status', 'from_a_newer_version'),
      value: malformedValues,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((changes) => (body: string) => {
    const json = JSON.parse(body) as Json
    for (const { where, how, key, value: given } of changes) {
      // A copy, because a later change would otherwise reach the values of other cases.
      const value = JSON.parse(JSON.stringify(given)) as Json
      const places = placesIn(json)
      const place = places[where % places.length]
      if (!place) continue
      const { holder, name } = place
      if (how === 'replace') define(holder, name, value)
      else if (how === 'add') define(holder, Array.isArray(holder) ? String(holder.length) : key, value)
      else if (Array.isArray(holder)) holder.splice(Number(name), 1)
      else Reflect.deleteProperty(holder, name)
    }
    return JSON.stringify(json)
  })

/** Corrupts the text itself: cuts it, repeats it, or replaces a character. */
const texts: Arbitrary<Spoil> = fc.oneof(
  fc.nat().map((length) => (body: string) => body.slice(0, length % body.length)),
  fc.constantFrom<Spoil[]>(
    (body) => body + body,
    (body) => `[${body}]`,
    (body) => JSON.stringify(body),
    (body) => `﻿${body}`,
    () => '',
    () => 'null',
    () => '{"__proto__":{"id":"evt_1"}}',
    () => '['.repeat(100_000),
    () =>
      '{"id":"evt_test_v2","object":"v2.core.event","type":"v2.core.account.updated","created":"2026-11-01T00:00:00Z"}',
    (body) => body + ' '.repeat(600_000),
  ),
  fc.tuple(fc.nat(), printable).map(([where, text]) => (body: string) => {
    const at = where % body.length
    return body.slice(0, at) + text + body.slice(at + 1)
  }),
)

export const spoils: Arbitrary<Spoil> = fc.oneof(
  { weight: 5, arbitrary: fields },
  { weight: 1, arbitrary: texts },
)

interface Place {
  holder: { [key: string]: Json } | Json[]
  name: string
}

/** Iterative, because the value may be nested deeper than the stack allows. */
function placesIn(json: Json): Place[] {
  const places: Place[] = []
  const open = [json]
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    if (holder === null || typeof holder !== 'object') continue
    for (const [name, value] of Object.entries(holder)) {
      places.push({ holder, name })
      open.push(value)
    }
  }
  return places
}

/** Defines the key as JSON.parse does, so that `__proto__` does not set the prototype. */
function define(holder: Place['holder'], name: string, value: Json): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })
}
