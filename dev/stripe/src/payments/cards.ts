import type { Decline, TestCard } from '../core/records.ts'

/** The test card with a number, or behind a name such as `pm_card_visa` or `tok_visa`. */
export function testCard(name: string): TestCard | undefined {
  const token = /^(?:pm_card|tok)_(.+)$/.exec(name)?.[1]
  const number = token === undefined ? name.replaceAll(/[\s-]/g, '') : numberOf(token)
  return number === undefined ? undefined : BY_NUMBER.get(number)
}

/** The decline of a number that is not a test card's: its checksum is wrong, or it might be a real card. */
export function declineUnknownCard(number: string): Decline {
  return passesLuhn(number)
    ? {
        code: 'card_declined',
        decline_code: 'live_mode_test_card',
        message:
          'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
      }
    : { code: 'incorrect_number', message: 'Your card number is incorrect.' }
}

function numberOf(token: string): string | undefined {
  const name = token.replace(/^visa_(?=chargeDeclined)/, '')
  return Object.hasOwn(TOKENS, name) ? TOKENS[name] : undefined
}

function passesLuhn(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false
  const sum = number
    .split('')
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

const TOKENS: Readonly<Record<string, string>> = {
  visa: '4242424242424242',
  us: '4242424242424242',
  visa_debit: '4000056655665556',
  mastercard: '5555555555554444',
  mastercard_debit: '5200828282828210',
  mastercard_prepaid: '5105105105105100',
  amex: '378282246310005',
  discover: '6011111111111117',
  diners: '3056930009020004',
  jcb: '3566002020360505',
  unionpay: '6200000000000005',
  br: '4000000760000002',
  ca: '4000001240000000',
  mx: '4000004840008001',
  at: '4000000400000008',
  de: '4000002760000016',
  fr: '4000002500000003',
  gb: '4000008260000000',
  ie: '4000003720000005',
  nl: '4000005280000002',
  au: '4000000360000006',
  jp: '4000003920000003',
  sg: '4000007020000003',
  chargeDeclined: '4000000000000002',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedLostCard: '4000000000009987',
  chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedProcessingError: '4000000000000119',
  chargeDeclinedVelocityLimitExceeded: '4000000000006975',
  chargeDeclinedFraudulent: '4100000000000019',
  chargeCustomerFail: '4000000000000341',
  radarBlock: '4100000000000019',
  riskLevelElevated: '4000000000009235',
  riskLevelHighest: '4000000000004954',
  authenticationRequired: '4000002760003184',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  threeDSecureRequired: '4000000000003063',
  threeDSecure2Required: '4000000000003220',
  threeDSecureRequiredChargeDeclined: '4000008400001629',
  threeDSecureOptional: '4000000000003055',
  createDispute: '4000000000000259',
  createDisputeProductNotReceived: '4000000000002685',
  createDisputeInquiry: '4000000000001976',
  createIssuerFraudRecord: '4000000000005423',
  bypassPending: '4000000000000077',
  bypassPendingInternational: '4000003720000278',
  pendingRefund: '4000000000007726',
  refundFail: '4000000000005126',
}

const visa = (number: string, over: Partial<TestCard> = {}): TestCard => ({
  number,
  brand: 'visa',
  funding: 'credit',
  country: 'US',
  ...over,
})

const declined = (number: string, decline_code: string, message = 'Your card was declined.'): TestCard =>
  visa(number, { decline: { code: 'card_declined', decline_code, message } })

const CARDS: readonly TestCard[] = [
  visa('4242424242424242'),
  visa('4000056655665556', { funding: 'debit' }),
  visa('5555555555554444', { brand: 'mastercard' }),
  visa('2223003122003222', { brand: 'mastercard' }),
  visa('5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  visa('5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  visa('378282246310005', { brand: 'amex' }),
  visa('371449635398431', { brand: 'amex' }),
  visa('6011111111111117', { brand: 'discover' }),
  visa('3056930009020004', { brand: 'diners' }),
  visa('3566002020360505', { brand: 'jcb', country: 'JP' }),
  visa('6200000000000005', { brand: 'unionpay', country: 'CN' }),
  visa('4000000760000002', { country: 'BR' }),
  visa('4000001240000000', { country: 'CA' }),
  visa('4000004840008001', { country: 'MX' }),
  visa('4000000400000008', { country: 'AT' }),
  visa('4000002760000016', { country: 'DE' }),
  visa('4000002500000003', { country: 'FR' }),
  visa('4000008260000000', { country: 'GB' }),
  visa('4000003720000005', { country: 'IE' }),
  visa('4000005280000002', { country: 'NL' }),
  visa('4000000360000006', { country: 'AU' }),
  visa('4000003920000003', { country: 'JP' }),
  visa('4000007020000003', { country: 'SG' }),
  declined('4000000000000002', 'generic_decline'),
  declined('4000000000009995', 'insufficient_funds', 'Your card has insufficient funds.'),
  declined('4000000000009987', 'lost_card'),
  declined('4000000000009979', 'stolen_card'),
  declined(
    '4000000000006975',
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  declined('4000000000000341', 'generic_decline'),
  visa('4000000000000069', {
    decline: { code: 'expired_card', decline_code: 'expired_card', message: 'Your card has expired.' },
  }),
  visa('4000000000000127', {
    decline: {
      code: 'incorrect_cvc',
      decline_code: 'incorrect_cvc',
      message: "Your card's security code is incorrect.",
    },
  }),
  visa('4000000000000119', {
    decline: {
      code: 'processing_error',
      decline_code: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    },
  }),
  { ...declined('4100000000000019', 'fraudulent'), risk: { level: 'highest', blocked: true } },
  { ...declined('4000000000004954', 'fraudulent'), risk: { level: 'highest', blocked: true } },
  visa('4000000000009235', { risk: { level: 'elevated', blocked: false } }),
  visa('4000002760003184', { authentication: 'required', country: 'DE' }),
  visa('4000002500003155', { authentication: 'required', country: 'FR' }),
  visa('4000008260003178', {
    authentication: 'required_then_declined',
    country: 'GB',
    decline: {
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    },
  }),
  visa('4000000000003063', { authentication: 'required' }),
  visa('4000000000003220', { authentication: 'required' }),
  visa('4000008400001629', {
    authentication: 'required_then_declined',
    decline: { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' },
  }),
  visa('4000000000003055'),
  visa('4000000000000259', { dispute: 'fraudulent' }),
  visa('4000000000002685', { dispute: 'product_not_received' }),
  visa('4000000000001976', { dispute: 'inquiry' }),
  visa('4000000000005423', { earlyFraudWarning: true }),
  visa('4000000000000077', { bypassPending: true }),
  visa('4000003720000278', { bypassPending: true, country: 'IE' }),
  visa('4000000000007726', { refund: 'succeeds_later' }),
  visa('4000000000005126', { refund: 'fails_later' }),
]

const BY_NUMBER: ReadonlyMap<string, TestCard> = new Map(CARDS.map((card) => [card.number, card]))
