import { html } from 'hono/html'
import { COUNTRY_CODES } from '../accounts/countries.ts'
import type { AccountRecord } from '../core/records.ts'
import { type Html, page } from './layout.ts'

export type Answers = Readonly<Record<string, string | undefined>>

export interface OnboardingForm {
  /** The full path: otherwise the page's URL fragment would end up in `return_url`. */
  readonly action: string
  readonly platform: string
  readonly record: AccountRecord
  readonly firstTime: boolean
  /** The requirements that a returning holder is asked for. */
  readonly asked: readonly string[]
  readonly answers: Answers
  readonly errors: Answers
}

/** The error messages by field. */
export function checkAnswers(answers: Answers, firstTime: boolean): Answers {
  if (!firstTime) return {}
  const errors: Record<string, string> = {}
  for (const [name, label] of REQUIRED) {
    if ((answers[name] ?? '') === '') errors[name] = `${label} is required.`
  }
  if (!/^\d{4,17}$/.test(answers['account_number'] ?? ''))
    errors['account_number'] ??= 'An account number has 4 to 17 digits.'
  if (!isDate(answers)) errors['dob_day'] = 'This is not a valid date.'
  return errors
}

const REQUIRED = [
  ['first_name', 'A first name'],
  ['last_name', 'A last name'],
  ['email', 'An e-mail address'],
  ['account_number', 'An account number'],
] as const

function isDate({ dob_day: day, dob_month: month, dob_year: year }: Answers): boolean {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return (
    /^\d{4}$/.test(year ?? '') &&
    date.getUTCDate() === Number(day) &&
    date.getUTCMonth() === Number(month) - 1
  )
}

export function onboardingForm(form: OnboardingForm): Html {
  const { platform, record, firstTime, errors } = form
  const wrong = Object.keys(errors).length
  return page({
    title: `${wrong > 0 ? 'Error: ' : ''}Set up payments – ${platform}`,
    body: html`<main>
      <p class="soft">Stripe simulator · test mode · <code>${record.account.id}</code></p>
      <h1>${firstTime ? `${platform} uses Stripe to pay you` : 'Stripe needs more information'}</h1>
      <p class="soft">
        ${
          firstTime
            ? 'Tell Stripe about your business. You can stop at any time and come back later.'
            : 'Answer what is asked below so that your account keeps working.'
        }
      </p>
      ${
        wrong > 0
          ? html`<div class="alert" role="alert" tabindex="-1" id="problems">
              <strong>Please look at ${wrong === 1 ? 'one answer' : `${wrong} answers`} again.</strong>
              <ul>
                ${Object.entries(errors).map(([name, message]) => html`<li><a href="#${name}">${message}</a></li>`)}
              </ul>
            </div>`
          : ''
      }
      <form method="post" action="${form.action}" novalidate>
        ${firstTime ? html`${business(form)}${person(form)}${bank(form)}` : outstanding(form)} ${decision()}
        <p class="soft">
          <small
            >By submitting you accept Stripe's services agreement. Nothing typed here leaves this
            machine.</small
          >
        </p>
        <div class="actions">
          <button class="primary" name="action" value="submit">Agree and submit</button>
          <button name="action" value="later">Save for later</button>
        </div>
      </form>
    </main>`,
  })
}

function business(form: OnboardingForm): Html {
  const { record, answers } = form
  const chosen = answers['country']
  return html`<fieldset class="card">
    <legend>Your business</legend>
    <div class="field">
      <label for="country">Country</label>
      ${
        record.countryFixed
          ? html`<input id="country" value="${chosen}" readonly aria-describedby="country-hint" />
              <p class="hint" id="country-hint">${form.platform} has set the country.</p>`
          : html`<select id="country" name="country">
              ${COUNTRY_CODES.map((code) => html`<option ${code === chosen ? 'selected' : ''}>${code}</option>`)}
            </select>`
      }
    </div>
    <div class="field">
      <label for="business_type">Type of business</label>
      <select id="business_type" name="business_type">
        ${['individual', 'company', 'non_profit'].map(
          (type) =>
            html`<option value="${type}" ${type === answers['business_type'] ? 'selected' : ''}>
              ${type.replace('_', '-')}
            </option>`,
        )}
      </select>
    </div>
    ${text(form, 'business_name', 'Business name', 'organization')}
    ${text(form, 'business_url', 'Website', 'url')}
  </fieldset>`
}

function person(form: OnboardingForm): Html {
  return html`<fieldset class="card">
    <legend>You</legend>
    <div class="row">
      ${text(form, 'first_name', 'First name', 'given-name')}
      ${text(form, 'last_name', 'Last name', 'family-name')}
    </div>
    ${text(form, 'email', 'E-mail address', 'email')}
    <fieldset aria-describedby="dob-hint">
      <legend>Date of birth</legend>
      <div class="row">
        ${text(form, 'dob_day', 'Day', 'bday-day')} ${text(form, 'dob_month', 'Month', 'bday-month')}
        ${text(form, 'dob_year', 'Year', 'bday-year')}
      </div>
      <p class="hint" id="dob-hint">
        In test mode, 1 January 1902 is verified at once and 1 January 1901 after a moment. Every other date
        fails.
      </p>
    </fieldset>
  </fieldset>`
}

function bank(form: OnboardingForm): Html {
  return html`<fieldset class="card">
    <legend>Your bank account</legend>
    ${text(form, 'routing_number', 'Routing number', 'off')}
    ${text(form, 'account_number', 'Account number', 'off', 'account-hint')}
    <p class="hint" id="account-hint">
      Payouts to 000123456789 succeed. Payouts fail to 000111111116 (no account), 000111111113 (closed),
      000222222227 (insufficient funds), 000333333335 (debit not authorized) and 000444444440 (invalid
      currency).
    </p>
  </fieldset>`
}

function outstanding({ asked }: OnboardingForm): Html {
  return html`<fieldset class="card">
    <legend>Requirements</legend>
    ${
      asked.length === 0
        ? html`<p>Stripe needs nothing from you at the moment.</p>`
        : asked.map(
            (item) =>
              html`<div class="field">
                <label for="${item}">${asWords(item)}</label>
                <input id="${item}" name="${item}" autocomplete="off" />
                <p class="hint"><code>${item}</code></p>
              </div>`,
          )
    }
  </fieldset>`
}

/** The choice of Stripe's decision. */
function decision(): Html {
  const choices = [
    ['', 'As the date of birth decides'],
    ['enabled', 'Everything is verified at once'],
    ['pending_verification', 'Verification takes a moment, then succeeds'],
    ['verification_failed', 'Verification takes a moment, then fails'],
    ['in_review', 'Stripe reviews the account'],
    ['rejected', 'Stripe rejects the account'],
  ]
  return html`<fieldset class="note">
    <legend>Simulator: what does Stripe decide?</legend>
    ${choices.map(
      ([value, label]) =>
        html`<label class="inline"
          ><input type="radio" name="outcome" value="${value}" ${value === '' ? 'checked' : ''} />
          ${label}</label
        >`,
    )}
  </fieldset>`
}

function text(
  { answers, errors }: OnboardingForm,
  name: string,
  label: string,
  autocomplete: string,
  hint?: string,
): Html {
  const error = errors[name]
  const described = [error === undefined ? '' : `${name}-error`, hint ?? '']
    .filter((id) => id !== '')
    .join(' ')
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${answers[name] ?? ''}"
      autocomplete="${autocomplete}"
      aria-describedby="${described}"
      aria-invalid="${error === undefined ? 'false' : 'true'}"
    />
    ${error === undefined ? '' : html`<p class="error" id="${name}-error">${error}</p>`}
  </div>`
}

/** `individual.verification.document` → "Individual: verification document". */
function asWords(item: string): string {
  const [first = '', ...rest] = item.replace(/^interv_[^.]*\./, 'review.').split('.')
  const detail = rest.join(' ').replaceAll('_', ' ')
  return `${first.charAt(0).toUpperCase()}${first.slice(1).replaceAll('_', ' ')}${detail === '' ? '' : `: ${detail}`}`
}
