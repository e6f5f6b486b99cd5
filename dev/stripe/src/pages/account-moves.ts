import { html } from 'hono/html'
import type { AccountRecord } from '../accounts/record.ts'
import type { Html } from './layout.ts'
import { button } from './play.ts'

/** The common turns of an account's life, as buttons. */
export function accountMoves({ account, connected }: AccountRecord): Html {
  const back = `/accounts/${account.id}`
  const move = (label: string, name: string, body: object = {}) =>
    button(label, `/_sim/accounts/${account.id}/move`, { move: name, ...body }, back)
  const onboard = (label: string, outcome: string) =>
    button(label, `/_sim/accounts/${account.id}/onboard`, { outcome }, back)
  const group = (title: string, buttons: readonly Html[]) =>
    html`<fieldset>
      <legend>${title}</legend>
      <div class="moves">${buttons}</div>
    </fieldset>`
  if (!connected) {
    return html`<section>
      ${group('The holder', [button('Connects again', `/_sim/accounts/${account.id}/authorize`, {}, back)])}
    </section>`
  }
  return html`<section aria-labelledby="moves">
    <h2 id="moves">What happens next?</h2>
    ${
      account.details_submitted
        ? group('The holder', [
            move('Answers what is asked', 'answered'),
            move('Changes the bank account', 'bank_changed'),
            move('Changes to a bank that refuses payouts', 'bank_changed', {
              account_number: '000111111116',
            }),
            button('Disconnects the platform', `/_sim/accounts/${account.id}/deauthorize`, {}, back),
          ])
        : group('The holder onboards', [
            onboard('and saves for later', 'started'),
            onboard('and is verified at once', 'enabled'),
            onboard('and waits for verification', 'pending_verification'),
            onboard('and fails verification', 'verification_failed'),
            onboard('and goes into review', 'in_review'),
            onboard('and is rejected', 'rejected'),
          ])
    }
    ${group('Stripe asks', [
      move('for a document within two weeks', 'requirements_due'),
      move('for a document that is already late', 'requirements_past_due'),
      move('about risk', 'risk_item'),
      move('about risk, and stops the account', 'risk_item', { disables: true }),
      move('for something in future', 'future_requirements'),
    ])}
    ${group('Stripe decides', [
      move('All is well', 'enabled'),
      move('Verification failed', 'verification_failed'),
      move('Review', 'under_review'),
      move('Possible match on a list', 'listed'),
      move('Pause', 'paused'),
      move('Reject', 'rejected'),
      move('Reject, with an appeal', 'rejected_with_appeal'),
    ])}
  </section>`
}
