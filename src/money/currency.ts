/**
 * What Stripe asks of an amount in each currency, checked before Stripe is called. Amounts are integers in the currency's
 * minor unit. https://docs.stripe.com/currencies
 */

/** No minor unit: the amount is in whole units. */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))

/** A thousand minor units to one, of which the last digit must be 0. */
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '))

/** Written with two decimals, which must be 00, because the currency has lost its minor unit. */
const WHOLE_UNITS_OF_HUNDRED = new Set(['isk', 'ugx'])

/** The smallest charge, where Stripe names one for the currency it settles in. */
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

/** What Stripe can be paid in beside these: two decimals, and no smallest charge of its own. */
const OTHERS =
  'afn all amd ang aoa ars awg azn bam bbd bdt bgn bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zmw'.split(
    ' ',
  )

const CURRENCIES = new Set([...Object.keys(MINIMUM), ...ZERO_DECIMAL, ...THREE_DECIMAL, ...OTHERS])

/** Eight digits, which every payment method takes, but for currencies whose units are worth so little. */
const MAXIMUM = 99_999_999
const LARGER: Readonly<Record<string, number>> = {
  idr: 999_999_999_999,
  cop: 9_999_999_999,
  inr: 999_999_999,
}

export type AmountRule = 'currency_unknown' | 'amount_too_small' | 'amount_too_large' | 'amount_not_whole'

export interface BrokenRule {
  rule: AmountRule
  message: string
}

/** The rule a charge of this amount breaks, with what would satisfy it; null: none. */
export function brokenRule(amount: number, currency: string): BrokenRule | null {
  if (!CURRENCIES.has(currency)) {
    return { rule: 'currency_unknown', message: 'must be a currency Stripe takes, in lower case, like usd' }
  }
  const maximum = LARGER[currency] ?? MAXIMUM
  if (amount > maximum) {
    return { rule: 'amount_too_large', message: `must be at most ${maximum} (${format(maximum, currency)})` }
  }
  const minimum = MINIMUM[currency]
  if (minimum !== undefined && amount < minimum) {
    return { rule: 'amount_too_small', message: `must be at least ${minimum} (${format(minimum, currency)})` }
  }
  return brokenWhole(amount, currency)
}

/** What every amount in a currency is a multiple of, a fee as well as a charge. */
export function stepOf(currency: string): number {
  return THREE_DECIMAL.has(currency) ? 10 : WHOLE_UNITS_OF_HUNDRED.has(currency) ? 100 : 1
}

/** The only rule that a part of a charge can break: its fee, what is captured or refunded of it. */
export function brokenWhole(amount: number, currency: string): BrokenRule | null {
  const step = stepOf(currency)
  if (amount % step === 0) return null
  return { rule: 'amount_not_whole', message: `must be a multiple of ${step} in ${currency}` }
}

/** Charged to the minor unit, paid out in hundreds of it. */
const PAID_OUT_IN_HUNDREDS = new Set(['huf', 'twd', ...WHOLE_UNITS_OF_HUNDRED])

/** As `brokenRule`, of a payout: minima and maxima are the bank's, and differ by country, so they are left to Stripe. */
export function brokenPayoutRule(
  amount: number,
  currency: string,
): { rule: AmountRule; message: string } | null {
  if (!/^[a-z]{3}$/.test(currency)) {
    return { rule: 'currency_unknown', message: 'must be an ISO 4217 code in lower case, like usd' }
  }
  const step = THREE_DECIMAL.has(currency) ? 10 : PAID_OUT_IN_HUNDREDS.has(currency) ? 100 : 1
  if (amount % step !== 0) {
    return { rule: 'amount_not_whole', message: `must be a multiple of ${step} in ${currency}` }
  }
  return null
}

/** For people: minor units written as the currency writes them. Text only, no arithmetic. */
export function format(amount: number, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2
  const digits = String(amount).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return `${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''} ${currency.toUpperCase()}`
}
