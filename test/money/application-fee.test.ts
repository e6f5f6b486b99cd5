/** The platform's fee is an integer that Stripe accepts: below the amount, and a multiple of the currency's step. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { feeForPartialCapture, feeFromPolicy } from '../../src/money/application-fee.ts'
import { partViolation } from '../../src/money/currency.ts'

describe('a fee from the account’s policy', () => {
  it.each([
    ['the percentage', 1000, { bps: 250 }, 25],
    ['the percentage, rounded half up', 1020, { bps: 250 }, 26],
    ['the percentage, rounded down below half', 1019, { bps: 250 }, 25],
    ['the percentage plus the fixed amount', 1000, { bps: 250, fixed: 30 }, 55],
    ['at least the minimum', 1000, { bps: 100, min: 50 }, 50],
    ['at most the maximum', 1_000_000, { bps: 1000, max: 500 }, 500],
    ['the maximum if the minimum is higher', 1000, { bps: 0, min: 80, max: 60 }, 60],
    ['below the amount if the policy asks for more', 50, { bps: 0, fixed: 80 }, 49],
    ['null, not 0, for a policy of 0 %', 1000, { bps: 0 }, null],
    ['null if the percentage rounds to 0', 10, { bps: 1 }, null],
    ['exact for a product beyond 2^53', 999_999_999_999, { bps: 9999 }, 999_899_999_999],
  ])('is %s', (_, amount, policy, fee) => {
    expect(feeFromPolicy({ amount, currency: 'usd' }, policy)).toBe(fee)
  })

  it.each([
    ['down to a whole yen below half', 'jpy', 1019, { bps: 250 }, 25],
    ['up to a whole yen from half', 'jpy', 1020, { bps: 250 }, 26],
    ['down to 10 fils below half', 'kwd', 1990, { bps: 125 }, 20],
    ['up to 10 fils from half', 'kwd', 2000, { bps: 125 }, 30],
    ['nothing that is already a multiple of 100 aurar', 'isk', 120_000, { bps: 125 }, 1500],
    ['up to 100 aurar from half', 'isk', 100_000, { bps: 125 }, 1300],
    ['a share below 50 aurar down to null', 'isk', 3900, { bps: 125 }, null],
    ['the sum with an uneven fixed amount down', 'kwd', 2000, { bps: 125, fixed: 15 }, 40],
    ['an uneven minimum down', 'kwd', 2000, { bps: 0, min: 15 }, 10],
    ['an uneven maximum down', 'kwd', 2000, { bps: 5000, max: 15 }, 10],
    ['the highest fee below the amount down', 'isk', 200, { bps: 0, fixed: 900 }, 100],
    ['down to null if no multiple is below the amount', 'isk', 100, { bps: 5000 }, null],
  ])('rounds %s', (_, currency, amount, policy, fee) => {
    expect(feeFromPolicy({ amount, currency }, policy)).toBe(fee)
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
    'is null, or an integer the currency supports, from 1 to below the amount',
    (count, currency, policy) => {
      const step = currency === 'isk' ? 100 : currency === 'kwd' ? 10 : 1
      const amount = count * step
      const fee = feeFromPolicy({ amount, currency }, policy)
      if (fee === null) return
      expect(Number.isSafeInteger(fee)).toBe(true)
      expect(fee).toBeGreaterThanOrEqual(1)
      expect(fee).toBeLessThan(amount)
      expect(partViolation(fee, currency)).toBeNull()
      expect(fee).toBeLessThanOrEqual(policy.max)
    },
  )
})

describe('the fee of a partial capture', () => {
  it.each([
    ['the captured share of the whole fee', 100, { amount: 1000, captured: 400 }, 40],
    ['rounded half up', 100, { amount: 1000, captured: 405 }, 41],
    [
      'at least 1: Stripe refuses 0, and takes the whole fee if none is sent',
      1,
      { amount: 1000, captured: 10 },
      1,
    ],
    ['below the captured amount', 999, { amount: 1000, captured: 500 }, 499],
    ['null if the payment has no fee', 0, { amount: 1000, captured: 500 }, null],
    ['null if no fee is below the captured amount', 1, { amount: 1000, captured: 1 }, null],
  ])('is %s', (_, fee, part, expected) => {
    expect(feeForPartialCapture(fee, { ...part, currency: 'usd' })).toBe(expected)
  })

  it.each([
    ['kwd', 100, { amount: 1000, captured: 440 }, 40],
    ['kwd', 100, { amount: 1000, captured: 450 }, 50],
    ['kwd', 100, { amount: 10_000, captured: 20 }, 10],
    ['isk', 10_000, { amount: 100_000, captured: 74_500 }, 7500],
    ['isk', 900, { amount: 1000, captured: 500 }, 400],
    ['isk', 900, { amount: 1000, captured: 100 }, null],
  ])('in %s is a multiple of the currency’s step', (currency, fee, part, expected) => {
    expect(feeForPartialCapture(fee, { ...part, currency })).toBe(expected)
  })
})
