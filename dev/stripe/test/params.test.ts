import { describe, expect, it } from 'vitest'
import { checkParams } from '../src/params/check.ts'
import { decodeForm } from '../src/params/decode-form.ts'
import type { Operation } from '../src/params/operations.ts'

const intents = 'POST /v1/payment_intents'
const checkout = 'POST /v1/checkout/sessions'
const accounts = 'POST /v1/accounts'
const pinned = '2026-10-28.endive'

const valid: Partial<Record<Operation, string>> = {
  [intents]: 'amount=1099&currency=usd',
  'POST /v1/account_links': 'account=acct_1&type=account_onboarding',
  'POST /v1/webhook_endpoints': 'url=https://example.com&enabled_events[]=*',
}

function check(operation: Operation, form: string, apiVersion?: string) {
  return checkParams(operation, decodeForm([valid[operation] ?? '', form].join('&')), apiVersion)
}

interface Refusal {
  readonly operation: Operation
  readonly form: string
  readonly code?: string
  readonly param: string
  readonly message: string
}

const unset = (name: string) =>
  `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`

const refusals: readonly Refusal[] = [
  ...refused(intents, 'parameter_unknown', [
    ['foo=1', 'foo', 'Received unknown parameter: foo'],
    ['foo=1&bar=2', 'foo', 'Received unknown parameters: foo, bar'],
    ['customers=1', 'customers', 'Received unknown parameter: customers. Did you mean customer?'],
    ['constructor=1', 'constructor', 'Received unknown parameter: constructor'],
    ['transfer_data[foo]=1', 'transfer_data[foo]', 'Received unknown parameter: transfer_data[foo]'],
    [
      'payment_method_options[card][foo][bar]=1',
      'payment_method_options[card][foo]',
      'Received unknown parameter: payment_method_options[card][foo]',
    ],
  ]),
  ...refused(accounts, 'parameter_unknown', [
    ['controller[foo]=1', 'controller[foo]', 'Received unknown parameter: controller[foo]'],
    [
      'external_accounts=x',
      'external_accounts',
      'Received unknown parameter: external_accounts. Did you mean external_account?',
    ],
  ]),
  ...refused(checkout, 'parameter_unknown', [
    ['line_items[0][foo]=1', 'line_items[0][foo]', 'Received unknown parameter: line_items[0][foo]'],
    [
      'payment_intent_data[application_fee]=1',
      'payment_intent_data[application_fee]',
      'Received unknown parameter: payment_intent_data[application_fee]. Did you mean application_fee_amount?',
    ],
    // https://github.com/stripe/stripe-cli/pull/1317
    [
      'shipping_address_collection.allowed_countries=BA',
      'shipping_address_collection.allowed_countries',
      'Received unknown parameter: shipping_address_collection.allowed_countries. Did you mean shipping_address_collection?',
    ],
  ]),
  // https://github.com/flutter-stripe/flutter_stripe/issues/1450 had no hint, and neither has this similar name.
  ...refused('POST /v1/payment_intents/:id/confirm', 'parameter_unknown', [
    ['secret=x', 'secret', 'Received unknown parameter: secret'],
  ]),
  ...refused('GET /v1/charges', 'parameter_unknown', [
    ['created[foo]=1', 'created[foo]', 'Received unknown parameter: created[foo]'],
  ]),
  ...refused('DELETE /v1/accounts/:id', 'parameter_unknown', [
    ['expand[]=x', 'expand', 'Received unknown parameter: expand'],
  ]),

  ...refused('POST /v1/refunds', 'parameter_invalid_integer', [
    ['amount=abc', 'amount', 'Invalid integer: abc'],
    ['amount=1.5', 'amount', 'Invalid integer: 1.5'],
    // https://github.com/stripe/stripe-cli/issues/585
    ['amount=1.0038e%2B06', 'amount', 'Invalid integer: 1.0038e+06'],
    ['amount=0x10', 'amount', 'Invalid integer: 0x10'],
    ['amount=+10', 'amount', 'Invalid integer:  10'],
    ['amount=99999999999999999999', 'amount', 'Invalid integer: 99999999999999999999'],
    ['amount[a]=1', 'amount', 'Invalid integer: {"a"=>"1"}'],
  ]),
  ...refused('GET /v1/charges', 'parameter_invalid_integer', [
    ['created=yesterday', 'created', 'Invalid integer: yesterday'],
    ['created[gte]=x', 'created[gte]', 'Invalid integer: x'],
    ['limit=ten', 'limit', 'Invalid integer: ten'],
  ]),
  ...refused(accounts, 'parameter_invalid_integer', [
    [
      'settings[payouts][schedule][delay_days]=max',
      'settings[payouts][schedule][delay_days]',
      'Invalid integer: max',
    ],
  ]),

  ...refused('POST /v1/payouts', 'parameter_missing', [
    ['', 'amount', 'Missing required param: amount.'],
    ['amount=5', 'currency', 'Missing required param: currency.'],
  ]),
  ...refused(checkout, 'parameter_missing', [
    [
      'line_items[0][price_data][unit_amount]=5',
      'line_items[0][price_data][currency]',
      'Missing required param: line_items[0][price_data][currency].',
    ],
  ]),

  // https://github.com/stripe/stripe-dotnet/issues/1828
  ...refused(intents, 'parameter_invalid_empty', [
    ['amount=', 'amount', unset('amount')],
    ['customer=', 'customer', unset('customer')],
    ['capture_method=', 'capture_method', unset('capture_method')],
    ['expand=', 'expand', unset('expand')],
    ['expand[]=', 'expand[0]', unset('expand[0]')],
    ['shipping=', 'shipping', unset('shipping')],
    ['confirm=', 'confirm', unset('confirm')],
  ]),
  ...refused(checkout, 'parameter_invalid_empty', [
    [
      'line_items[0][price_data][product_data][images]=&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=x',
      'line_items[0][price_data][product_data][images]',
      unset('line_items[0][price_data][product_data][images]'),
    ],
  ]),
  ...refused(intents, 'parameter_invalid_string_blank', [
    ['currency=%20', 'currency', "The value of 'currency' only includes whitespace."],
  ]),

  // Stripe refuses the following without a code.
  ...refused(intents, undefined, [
    // https://github.com/stripe/stripe-java/issues/1314
    [
      'capture_method=MANUAL',
      'capture_method',
      'Invalid capture_method: must be one of automatic, automatic_async, or manual',
    ],
    [
      'confirmation_method=x',
      'confirmation_method',
      'Invalid confirmation_method: must be one of automatic or manual',
    ],
    [
      'off_session=x',
      'off_session',
      'Invalid off_session: must be one of true, false, one_off, or recurring',
    ],
    // https://github.com/cartalyst/stripe/issues/218
    ['automatic_payment_methods[enabled]=1', 'automatic_payment_methods[enabled]', 'Invalid boolean: 1'],
    ['confirm=True', 'confirm', 'Invalid boolean: True'],
    // https://github.com/stripe/stripe-cli/issues/47
    ['expand=latest_charge', 'expand', 'Invalid array'],
    ['expand[a]=latest_charge', 'expand', 'Invalid array'],
    // https://github.com/stripe/stripe-cli/issues/980
    ['shipping=here', 'shipping', 'Invalid object'],
    ['shipping[0]=here', 'shipping', 'Invalid object'],
    ['metadata=x', 'metadata', 'Invalid object'],
    ['metadata[a][b]=x', 'metadata[a]', 'Invalid string: {"b"=>"x"}'],
    // https://github.com/stripe/stripe-dotnet/issues/178
    ['customer[id]=cus_1&customer[name]=Ada', 'customer', 'Invalid string: {"id"=>"cus_1", "name"=>"Ada"}'],
    ['customer[]=cus_1', 'customer', 'Invalid string: ["cus_1"]'],
  ]),
  ...refused('POST /v1/account_links', undefined, [
    [
      'collection_options[fields]=all',
      'collection_options[fields]',
      'Invalid collection_options[fields]: must be one of currently_due or eventually_due',
    ],
  ]),
  ...refused(checkout, undefined, [
    [
      'line_items[0][price_data][unit_amount_decimal]=1,5',
      'line_items[0][price_data][unit_amount_decimal]',
      'Invalid decimal: 1,5',
    ],
    [
      'subscription_data[application_fee_percent]=0,6',
      'subscription_data[application_fee_percent]',
      'Invalid decimal: 0,6',
    ],
  ]),
]

function refused(
  operation: Operation,
  code: string | undefined,
  rows: readonly (readonly [form: string, param: string, message: string])[],
): Refusal[] {
  return rows.map(([form, param, message]) => ({
    operation,
    form,
    param,
    message,
    ...(code !== undefined && { code }),
  }))
}

describe('refused parameters', () => {
  it.each(refusals)('$operation $form: $message', ({ operation, form, code, param, message }) => {
    expect(check(operation, form)).toEqual({
      status: 400,
      error: {
        type: 'invalid_request_error',
        message,
        param,
        ...(code !== undefined && {
          code,
          doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
        }),
      },
    })
  })

  it("an enum accepts only the values of the request's version", () => {
    expect(check('POST /v1/account_links', 'type=account_renewal')).toMatchObject({
      error: { message: 'Invalid type: must be one of account_onboarding or account_update' },
    })
    expect(check('POST /v1/webhook_endpoints', 'enabled_events[]=account.renamed')).toMatchObject({
      error: { param: 'enabled_events[1]' },
    })
  })

  it('an unknown parameter is reported before a wrong one, and a wrong one before a missing one', () => {
    const payouts = 'POST /v1/payouts'
    expect(check(payouts, 'currency[a]=b&foo=1')).toMatchObject({
      error: { code: 'parameter_unknown', param: 'foo' },
    })
    expect(check(payouts, 'currency[a]=b')).toMatchObject({ error: { param: 'currency' } })
    expect(check(payouts, 'currency=usd')).toMatchObject({
      error: { code: 'parameter_missing', param: 'amount' },
    })
  })

  it('an unknown operation is an error of the simulator', () => {
    expect(() => checkParams('POST /v1/coupons', {})).toThrow(
      'there is no operation or schema "POST /v1/coupons"',
    )
  })
})

describe('accepted parameters', () => {
  it.each<[Operation, string, Record<string, unknown>]>([
    ['POST /v1/refunds', 'amount=500', { amount: 500 }],
    ['POST /v1/refunds', 'amount=-5', { amount: -5 }],
    ['POST /v1/refunds', 'metadata=', { metadata: '' }],
    ['POST /v1/refunds', 'metadata[a]=&metadata[b]=7', { metadata: { a: '', b: '7' } }],
    ['POST /v1/refunds', 'amount=1&amount=2', { amount: 2 }],
    ['POST /v1/refunds', 'metadata[7]=x', { metadata: { 7: 'x' } }],
    ['POST /v1/refunds', 'reason=fraudulent', { reason: 'fraudulent' }],
    [
      'POST /v1/refunds',
      'refund_application_fee=true&reverse_transfer=false',
      { refund_application_fee: true, reverse_transfer: false },
    ],
    ['POST /v1/refunds', 'charge=0123', { charge: '0123' }],
    ['POST /v1/refunds', 'expand[]=charge&expand[]=payment_intent', { expand: ['charge', 'payment_intent'] }],
    [
      'POST /v1/refunds',
      'expand[0]=charge&expand[1]=payment_intent',
      { expand: ['charge', 'payment_intent'] },
    ],
    [
      'POST /v1/refunds',
      'expand[7]=charge&expand[3]=payment_intent',
      { expand: ['payment_intent', 'charge'] },
    ],
    ['GET /v1/charges', 'created=5', { created: 5 }],
    ['GET /v1/charges', 'created[gte]=5', { created: { gte: 5 } }],
    [accounts, 'external_account=btok_1', { external_account: 'btok_1' }],
    [
      accounts,
      'external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd&external_account[account_number]=1',
      { external_account: { object: 'bank_account', country: 'US', currency: 'usd', account_number: '1' } },
    ],
    [
      accounts,
      'settings[payouts][schedule][delay_days]=minimum',
      { settings: { payouts: { schedule: { delay_days: 'minimum' } } } },
    ],
    [
      accounts,
      'settings[payouts][schedule][delay_days]=4',
      { settings: { payouts: { schedule: { delay_days: 4 } } } },
    ],
    ['POST /v1/payment_intents/:id/confirm', 'off_session=true', { off_session: true }],
    ['POST /v1/payment_intents/:id/confirm', 'off_session=one_off', { off_session: 'one_off' }],
    [
      'POST /v1/payment_intents/:id',
      'amount=5&application_fee_amount=',
      { amount: 5, application_fee_amount: '' },
    ],
    [
      checkout,
      'line_items[][price]=p1&line_items[][quantity]=1&line_items[][price]=p2&line_items[][quantity]=2',
      {
        line_items: [
          { price: 'p1', quantity: 1 },
          { price: 'p2', quantity: 2 },
        ],
      },
    ],
    [
      checkout,
      'line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount_decimal]=1.5',
      { line_items: [{ price_data: { currency: 'usd', unit_amount_decimal: '1.5' } }] },
    ],
    [
      checkout,
      'subscription_data[application_fee_percent]=0.6',
      { subscription_data: { application_fee_percent: 0.6 } },
    ],
  ])('%s %s', (operation, form, params) => {
    expect(check(operation, form)).toEqual({ params })
  })

  it("parameters have stripe-node's types", () => {
    const checked = checkParams('POST /v1/refunds', decodeForm('amount=5&expand[]=charge'))
    const amount: number | undefined = 'params' in checked ? checked.params.amount : undefined
    const expand: string[] | undefined = 'params' in checked ? checked.params.expand : undefined
    expect({ amount, expand }).toEqual({ amount: 5, expand: ['charge'] })
  })

  it('a list may be longer than the array limit of qs', () => {
    const types = Array.from({ length: 1200 }, () => 'payout.paid')
    const form = types.map((type, at) => `types[${at}]=${type}`).join('&')
    expect(checkParams('GET /v1/events', decodeForm(form))).toEqual({ params: { types } })
  })
})

describe('payment_method_types', () => {
  const form = 'payment_method_types[]=card'
  const operations: readonly Operation[] = [
    intents,
    'POST /v1/payment_intents/:id',
    'POST /v1/payment_intents/:id/confirm',
    checkout,
  ]

  it.each(operations)('%s refuses it at the version that removed it, and later', (operation) => {
    for (const version of ['2026-09-30.endive', pinned]) {
      expect(check(operation, form, version)).toMatchObject({
        status: 400,
        error: { code: 'payment_method_types_no_longer_supported', param: 'payment_method_types' },
      })
    }
  })

  it.each(operations)('%s accepts it at older versions and without a version', (operation) => {
    for (const version of ['2026-08-26.dahlia', undefined]) {
      expect(check(operation, form, version)).toMatchObject({ params: { payment_method_types: ['card'] } })
    }
  })

  it('it is checked where it is accepted', () => {
    expect(check(intents, 'payment_method_types=card')).toMatchObject({ error: { message: 'Invalid array' } })
    expect(check(intents, 'payment_method_types[]=cash')).toMatchObject({
      error: { param: 'payment_method_types[0]' },
    })
    expect(check(intents, `${form}&foo=1`)).toMatchObject({ error: { param: 'foo' } })
  })

  it('an operation that never had it refuses it as unknown', () => {
    expect(check('POST /v1/refunds', form)).toMatchObject({ error: { code: 'parameter_unknown' } })
  })
})
