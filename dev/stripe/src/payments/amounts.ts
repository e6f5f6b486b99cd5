import { checkRange, invalidParameter } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** The smallest charge by currency, in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const MINIMUMS: Readonly<Record<string, number>> = {
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
  usd: 50,
  zar: 50,
}

const ZERO_DECIMAL = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ')
const THREE_DECIMAL = 'bhd jod kwd omr tnd'.split(' ')
/** Amounts have two decimals, which must be 00. */
const WHOLE_HUNDREDS = ['isk', 'ugx']
/** Payout amounts must be multiples of 100 minor units. */
const PAID_OUT_IN_HUNDREDS = [...WHOLE_HUNDREDS, 'huf', 'twd']
const OTHERS =
  'afn all amd ang aoa ars awg azn bam bbd bdt bgn bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah ugx uyu uzs wst xcd yer zmw'.split(
    ' ',
  )
const SUPPORTED = new Set([...Object.keys(MINIMUMS), ...ZERO_DECIMAL, ...THREE_DECIMAL, ...OTHERS])

/** The API reference says eight digits, the currencies page says up to twelve. */
const MAX_AMOUNT = { 8: 99_999_999, 12: 999_999_999_999 }
/** The documented limits of some currencies. */
const MAX_BY_CURRENCY: Readonly<Record<string, number>> = {
  idr: 999_999_999_999,
  cop: 9_999_999_999,
  inr: 999_999_999,
}

export function checkCurrency(currency: string, param = 'currency'): string {
  const code = currency.toLowerCase()
  if (SUPPORTED.has(code)) return code
  throw invalidParameter(
    `Invalid currency: ${code}. Stripe currently supports these currencies: ${[...SUPPORTED].sort().join(', ')}`,
    { param },
  )
}

export function checkAmount({ switches }: World, amount: number, currency: string): void {
  checkRange(amount, 'amount')
  const largest = MAX_BY_CURRENCY[currency] ?? MAX_AMOUNT[switches.amount_digits]
  if (amount > largest) {
    throw invalidParameter(`Amount must be no more than ${money(largest, currency)}`, {
      code: 'amount_too_large',
      param: 'amount',
    })
  }
  const least = MINIMUMS[currency] ?? 1
  if (amount < least) {
    throw invalidParameter(`Amount must be at least ${money(least, currency)}`, {
      code: 'amount_too_small',
      param: 'amount',
    })
  }
  const inTens = THREE_DECIMAL.includes(currency) && switches.three_decimal_amounts === 'tens'
  checkMultiple(amount, currency, inTens ? 10 : WHOLE_HUNDREDS.includes(currency) ? 100 : 1)
}

export function checkPayoutAmount(amount: number, currency: string): void {
  checkRange(amount, 'amount')
  checkMultiple(amount, currency, PAID_OUT_IN_HUNDREDS.includes(currency) ? 100 : 1)
}

function checkMultiple(amount: number, currency: string, step: number): void {
  if (amount % step === 0) return
  throw invalidParameter(`An amount in ${currency} must be a multiple of ${step}.`, { param: 'amount' })
}

/** "$10.00 usd", as in Stripe's messages. */
export function money(amount: number, currency: string): string {
  const digits = ZERO_DECIMAL.includes(currency) ? 0 : THREE_DECIMAL.includes(currency) ? 3 : 2
  return `${SIGNS[currency] ?? ''}${(amount / 10 ** digits).toFixed(digits)} ${currency}`
}

const SIGNS: Readonly<Record<string, string>> = { usd: '$', eur: '€', gbp: '£', jpy: '¥' }
