/** The defaults of accounts in a country. */
export interface Country {
  readonly currency: string
  /** The shortest time until a charge settles, in days. */
  readonly delayDays: number
}

const EURO: Country = { currency: 'eur', delayDays: 3 }

const COUNTRIES: Readonly<Record<string, Country>> = {
  AE: { currency: 'aed', delayDays: 7 },
  AT: EURO,
  AU: { currency: 'aud', delayDays: 2 },
  BE: EURO,
  BR: { currency: 'brl', delayDays: 30 },
  CA: { currency: 'cad', delayDays: 3 },
  CH: { currency: 'chf', delayDays: 3 },
  CZ: { currency: 'czk', delayDays: 7 },
  DE: EURO,
  DK: { currency: 'dkk', delayDays: 3 },
  ES: EURO,
  FI: EURO,
  FR: EURO,
  GB: { currency: 'gbp', delayDays: 3 },
  HK: { currency: 'hkd', delayDays: 7 },
  HU: { currency: 'huf', delayDays: 7 },
  IE: EURO,
  IN: { currency: 'inr', delayDays: 7 },
  IT: EURO,
  JP: { currency: 'jpy', delayDays: 4 },
  LU: EURO,
  MX: { currency: 'mxn', delayDays: 7 },
  MY: { currency: 'myr', delayDays: 7 },
  NL: EURO,
  NO: { currency: 'nok', delayDays: 3 },
  NZ: { currency: 'nzd', delayDays: 4 },
  PL: { currency: 'pln', delayDays: 7 },
  PT: EURO,
  RO: { currency: 'ron', delayDays: 7 },
  SE: { currency: 'sek', delayDays: 3 },
  SG: { currency: 'sgd', delayDays: 3 },
  TH: { currency: 'thb', delayDays: 7 },
  US: { currency: 'usd', delayDays: 2 },
}

export function country(code: string): Country | undefined {
  return Object.hasOwn(COUNTRIES, code) ? COUNTRIES[code] : undefined
}

export const COUNTRY_CODES: readonly string[] = Object.keys(COUNTRIES)
