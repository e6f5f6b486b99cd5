/** What an amount may be, and what the platform takes of it: integers, and nothing else. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { brokenRule, brokenWhole, format } from '../../src/money/currency.ts'
import { feeByPolicy, feeOfPart } from '../../src/money/fee.ts'

const ruleOf = (amount: number, currency: string) => brokenRule(amount, currency)?.rule ?? null

describe('a charge’s amount', () => {
  it.each([
    ['usd', 50],
    ['aed', 200],
    ['aud', 50],
    ['brl', 50],
    ['cad', 50],
    ['chf', 50],
    ['czk', 1500],
    ['dkk', 250],
    ['eur', 50],
    ['gbp', 30],
    ['hkd', 400],
    ['huf', 17_500],
    ['inr', 50],
    ['jpy', 50],
    ['krw', 50],
    ['mxn', 1000],
    ['myr', 200],
    ['nok', 300],
    ['nzd', 50],
    ['pln', 200],
    ['ron', 200],
    ['sek', 300],
    ['sgd', 50],
    ['thb', 1000],
    ['zar', 50],
  ])('in %s is at least %i', (currency, minimum) => {
    expect(ruleOf(minimum, currency)).toBeNull()
    expect(ruleOf(minimum - 1, currency)).toBe('amount_too_small')
  })

  it.each([
    ['usd', 99_999_999],
    ['jpy', 99_999_999],
    ['inr', 999_999_999],
    ['cop', 9_999_999_999],
    ['idr', 999_999_999_999],
  ])('in %s is at most %i', (currency, maximum) => {
    expect(ruleOf(maximum, currency)).toBeNull()
    expect(ruleOf(maximum + 1, currency)).toBe('amount_too_large')
  })

  it.each(['bhd', 'jod', 'kwd', 'omr', 'tnd'])('in %s, of three decimals, ends in 0', (currency) => {
    expect([ruleOf(1230, currency), ruleOf(1234, currency)]).toEqual([null, 'amount_not_whole'])
  })

  it.each(['isk', 'ugx'])('in %s, which lost its minor unit, ends in 00', (currency) => {
    expect([ruleOf(1200, currency), ruleOf(1250, currency)]).toEqual([null, 'amount_not_whole'])
  })

  it.each('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))(
    'in %s, of no decimals, is in whole units',
    (currency) => {
      expect(ruleOf(1001, currency)).toBeNull()
      expect(format(1001, currency)).toBe(`1001 ${currency.toUpperCase()}`)
    },
  )

  it.each(['huf', 'twd'])('in %s may have a minor unit: only payouts may not', (currency) => {
    expect(ruleOf(20_001, currency)).toBeNull()
  })

  it.each(['xyz', 'USD', 'us', 'usdc', ''])('in %j, which Stripe does not take, is refused', (currency) => {
    expect(ruleOf(1000, currency)).toBe('currency_unknown')
  })

  it('of which a part is captured or refunded needs only to be whole', () => {
    expect(brokenWhole(1, 'usd')).toBeNull()
    expect(brokenWhole(5, 'kwd')).toMatchObject({ rule: 'amount_not_whole' })
  })

  it.each([
    [5, 'usd', '0.05 USD'],
    [123_456, 'eur', '1234.56 EUR'],
    [7, 'kwd', '0.007 KWD'],
    [500, 'jpy', '500 JPY'],
  ])('%i %s reads %s', (amount, currency, text) => {
    expect(format(amount, currency)).toBe(text)
  })
})

describe('the fee by policy', () => {
  it.each([
    ['a share', 1000, { bps: 250 }, 25],
    ['a share, rounded half up', 1020, { bps: 250 }, 26],
    ['a share, rounded down below half', 1019, { bps: 250 }, 25],
    ['a share and a fixed part', 1000, { bps: 250, fixed: 30 }, 55],
    ['at least the minimum', 1000, { bps: 100, min: 50 }, 50],
    ['at most the maximum', 1_000_000, { bps: 1000, max: 500 }, 500],
    ['the maximum where it is below the minimum', 1000, { bps: 0, min: 80, max: 60 }, 60],
    ['always below the amount', 50, { bps: 0, fixed: 80 }, 49],
    ['nothing at all, not 0', 1000, { bps: 0 }, null],
    ['nothing, where the share rounds to it', 10, { bps: 1 }, null],
    ['exact for amounts beyond what floats hold', 999_999_999_999, { bps: 9999 }, 999_899_999_999],
  ])('is %s', (_, amount, policy, fee) => {
    expect(feeByPolicy({ amount, currency: 'usd' }, policy)).toBe(fee)
  })

  it.each([
    ['to the yen', 'jpy', 1019, { bps: 250 }, 25],
    ['half of one up', 'jpy', 1020, { bps: 250 }, 26],
    ['to ten fils, down below half', 'kwd', 1990, { bps: 125 }, 20],
    ['half of ten fils up', 'kwd', 2000, { bps: 125 }, 30],
    ['to a hundred aurar', 'isk', 120_000, { bps: 125 }, 1500],
    ['half of a hundred up', 'isk', 100_000, { bps: 125 }, 1300],
    ['nothing, where the share rounds to it', 'isk', 3900, { bps: 125 }, null],
    ['a fixed part that is not whole down', 'kwd', 2000, { bps: 125, fixed: 15 }, 40],
    ['a minimum that is not whole down', 'kwd', 2000, { bps: 0, min: 15 }, 10],
    ['a maximum that is not whole down', 'kwd', 2000, { bps: 5000, max: 15 }, 10],
    ['what is below the amount down', 'isk', 200, { bps: 0, fixed: 900 }, 100],
    ['to nothing, where nothing whole is below the amount', 'isk', 100, { bps: 5000 }, null],
  ])('in another currency rounds %s', (_, currency, amount, policy, fee) => {
    expect(feeByPolicy({ amount, currency }, policy)).toBe(fee)
  })

  test.prop([
    fc.integer({ min: 1, max: 9_999_999_999 }),
    fc.constantFrom('usd', 'jpy', 'kwd', 'isk'),
    fc.record({
      bps: fc.integer({ min: 0, max: 10_000 }),
      fixed: fc.integer({ min: 0, max: 10_000 }),
      min: fc.integer({ min: 0, max: 10_000 }),
      max: fc.integer({ min: 0, max: 1_000_000 }),
    }),
  ])(
    'is an integer from 1 to below the amount that its currency takes, or none',
    (count, currency, policy) => {
      const step = currency === 'isk' ? 100 : currency === 'kwd' ? 10 : 1
      const amount = count * step
      const fee = feeByPolicy({ amount, currency }, policy)
      if (fee === null) return
      expect(Number.isSafeInteger(fee)).toBe(true)
      expect(fee).toBeGreaterThanOrEqual(1)
      expect(fee).toBeLessThan(amount)
      expect(brokenWhole(fee, currency)).toBeNull()
      expect(fee).toBeLessThanOrEqual(policy.max)
    },
  )
})

describe('the fee of a part', () => {
  it.each([
    ['the same share', 100, { amount: 1000, captured: 400 }, 40],
    ['rounded half up', 100, { amount: 1000, captured: 405 }, 41],
    [
      'at least 1: a fee of 0 cannot be sent, and left out it would be the whole one',
      1,
      { amount: 1000, captured: 10 },
      1,
    ],
    ['below what is captured', 999, { amount: 1000, captured: 500 }, 499],
    ['none where there was none', 0, { amount: 1000, captured: 500 }, null],
    ['left to Stripe where nothing is below what is captured', 1, { amount: 1000, captured: 1 }, null],
  ])('is %s', (_, fee, part, expected) => {
    expect(feeOfPart(fee, { ...part, currency: 'usd' })).toBe(expected)
  })

  it.each([
    ['kwd', 100, { amount: 1000, captured: 440 }, 40],
    ['kwd', 100, { amount: 1000, captured: 450 }, 50],
    ['kwd', 100, { amount: 10_000, captured: 20 }, 10],
    ['isk', 10_000, { amount: 100_000, captured: 74_500 }, 7500],
    ['isk', 900, { amount: 1000, captured: 500 }, 400],
    ['isk', 900, { amount: 1000, captured: 100 }, null],
  ])('in %s is what that currency takes', (currency, fee, part, expected) => {
    expect(feeOfPart(fee, { ...part, currency })).toBe(expected)
  })
})
