/**
 * Stripe's rules for amounts, by currency, checked before Stripe is called. Amounts are integers in the currency's minor
 * unit. https://docs.stripe.com/currencies
 */

/** No minor unit: an amount is in whole units. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))

/** A thousand minor units to the unit; the last digit of an amount must be 0. */
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '))

/** These lost their minor unit but keep two decimals, which must be 00. */
const TWO_DECIMALS_OF_ZERO = new Set(['isk', 'ugx'])

/** Stripe’s smallest charge in the currencies it settles in. */
const MINIMUM: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  krw: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  zar: 50,
}

/** The other currencies Stripe supports: two decimals, no smallest charge. */
const OTHER_CURRENCIES =
  'afn all amd ang aoa ars awg azn bam bbd bdt bgn bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zmw'.split(
    ' ',
  )

const CURRENCIES = new Set([...Object.keys(MINIMUM), ...ZERO_DECIMAL, ...THREE_DECIMAL, ...OTHER_CURRENCIES])

/** Eight digits; more in currencies whose unit is worth little. */
const MAXIMUM = 99_999_999
const LARGER_MAXIMUM: Readonly<Record<string, number>> = {
  idr: 999_999_999_999,
  cop: 9_999_999_999,
  inr: 999_999_999,
}

type AmountRule = 'currency_unknown' | 'amount_too_small' | 'amount_too_large' | 'amount_not_whole'

export interface AmountViolation {
  rule: AmountRule
  /** What would satisfy the rule. */
  message: string
}

/** The rule that a charge of this amount breaks; null: none. */
export function chargeViolation(amount: number, currency: string): AmountViolation | null {
  if (!CURRENCIES.has(currency)) {
    return {
      rule: 'currency_unknown',
      message: 'must be a currency Stripe supports, in lower case, like usd',
    }
  }
  const maximum = LARGER_MAXIMUM[currency] ?? MAXIMUM
  if (amount > maximum) {
    return { rule: 'amount_too_large', message: `must be at most ${maximum} (${format(maximum, currency)})` }
  }
  const minimum = MINIMUM[currency]
  if (minimum !== undefined && amount < minimum) {
    return { rule: 'amount_too_small', message: `must be at least ${minimum} (${format(minimum, currency)})` }
  }
  return partViolation(amount, currency)
}

/** The rule that a part of a charge breaks: its fee, a capture or a refund. A part has no minimum or maximum. */
export function partViolation(amount: number, currency: string): AmountViolation | null {
  return stepViolation(amount, { currency, step: amountStep(currency) })
}

/** The minimum and maximum of a payout depend on the bank and its country: Stripe checks them. */
export function payoutViolation(amount: number, currency: string): AmountViolation | null {
  if (!/^[a-z]{3}$/.test(currency)) {
    return { rule: 'currency_unknown', message: 'must be an ISO 4217 code in lower case, like usd' }
  }
  const step = PAID_OUT_IN_HUNDREDS.has(currency) ? 100 : amountStep(currency)
  return stepViolation(amount, { currency, step })
}

/** Charged to the minor unit, paid out in hundreds of it. */
const PAID_OUT_IN_HUNDREDS = new Set(['huf', 'twd'])

/** The number of which every amount in the currency must be a multiple. */
export function amountStep(currency: string): number {
  return THREE_DECIMAL.has(currency) ? 10 : TWO_DECIMALS_OF_ZERO.has(currency) ? 100 : 1
}

function stepViolation(
  amount: number,
  { currency, step }: { currency: string; step: number },
): AmountViolation | null {
  if (amount % step === 0) return null
  return { rule: 'amount_not_whole', message: `must be a multiple of ${step} in ${currency}` }
}

/** For people: `1234, 'usd'` reads `12.34 USD`. Works on the digits, without arithmetic. */
export function format(amount: number, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2
  const digits = String(amount).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return `${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''} ${currency.toUpperCase()}`
}
