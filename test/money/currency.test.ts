/** Stripe's rules for amounts, as published. https://docs.stripe.com/currencies */
import { describe, expect, it } from 'vitest'
import { chargeViolation, format, partViolation, payoutViolation } from '../../src/money/currency.ts'

const ruleOf = (amount: number, currency: string) => chargeViolation(amount, currency)?.rule ?? null

describe('the amount of a charge', () => {
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

  it.each(['bhd', 'jod', 'kwd', 'omr', 'tnd'])(
    'in %s, which has three decimals, must end in 0',
    (currency) => {
      expect([ruleOf(1230, currency), ruleOf(1234, currency)]).toEqual([null, 'amount_not_whole'])
    },
  )

  it.each(['isk', 'ugx'])('in %s, which lost its minor unit, must end in 00', (currency) => {
    expect([ruleOf(1200, currency), ruleOf(1250, currency)]).toEqual([null, 'amount_not_whole'])
  })

  it.each('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))(
    'in %s, which has no decimals, is in whole units',
    (currency) => {
      expect(ruleOf(1001, currency)).toBeNull()
      expect(format(1001, currency)).toBe(`1001 ${currency.toUpperCase()}`)
    },
  )

  it.each(['huf', 'twd'])('in %s may use the minor unit', (currency) => {
    expect(ruleOf(20_001, currency)).toBeNull()
  })

  it.each(['xyz', 'USD', 'us', 'usdc', ''])(
    'in %j, which Stripe does not support, is refused',
    (currency) => {
      expect(ruleOf(1000, currency)).toBe('currency_unknown')
    },
  )
})

describe('a partial capture or refund', () => {
  it('has no minimum, but must be a multiple of the currency’s step', () => {
    expect(partViolation(1, 'usd')).toBeNull()
    expect(partViolation(5, 'kwd')).toMatchObject({ rule: 'amount_not_whole' })
  })
})

describe('the amount of a payout', () => {
  const ruleOfPayout = (amount: number, currency: string) => payoutViolation(amount, currency)?.rule ?? null

  it.each(['huf', 'twd', 'isk', 'ugx'])('in %s must end in 00', (currency) => {
    expect([ruleOfPayout(20_000, currency), ruleOfPayout(20_050, currency)]).toEqual([
      null,
      'amount_not_whole',
    ])
  })

  it('in kwd must end in 0', () => {
    expect([ruleOfPayout(1230, 'kwd'), ruleOfPayout(1234, 'kwd')]).toEqual([null, 'amount_not_whole'])
  })

  it('has no minimum or maximum: Stripe checks them', () => {
    expect([ruleOfPayout(1, 'usd'), ruleOfPayout(2 ** 52, 'usd')]).toEqual([null, null])
  })

  it.each(['USD', 'us', ''])('in %j is refused: no ISO code in lower case', (currency) => {
    expect(ruleOfPayout(1000, currency)).toBe('currency_unknown')
  })
})

describe('an amount in words', () => {
  it.each([
    [5, 'usd', '0.05 USD'],
    [123_456, 'eur', '1234.56 EUR'],
    [7, 'kwd', '0.007 KWD'],
    [500, 'jpy', '500 JPY'],
  ])('shows %i %s as %s', (amount, currency, text) => {
    expect(format(amount, currency)).toBe(text)
  })
})
