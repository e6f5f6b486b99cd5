import { html } from 'hono/html'
import type { AccountRecord } from '../core/records.ts'
import { button } from './buttons.ts'
import type { Html } from './layout.ts'

/** Buttons for the moves of an account: what its holder and Stripe can do. */
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
      ${group('The holder', [button('connects the platform again', `/_sim/accounts/${account.id}/authorize`, {}, back)])}
    </section>`
  }
  return html`<section aria-labelledby="moves">
    <h2 id="moves">What happens next?</h2>
    ${
      account.details_submitted
        ? group('The holder', [
            move('answers the requirements', 'answered'),
            move('changes the bank account', 'bank_changed'),
            move('changes to a bank account that rejects payouts', 'bank_changed', {
              account_number: '000111111116',
            }),
            button('disconnects the platform', `/_sim/accounts/${account.id}/deauthorize`, {}, back),
          ])
        : group('The holder onboards', [
            onboard('and saves for later', 'started'),
            onboard('and is verified at once', 'enabled'),
            onboard('and waits for verification', 'pending_verification'),
            onboard('and fails verification', 'verification_failed'),
            onboard('and is reviewed', 'in_review'),
            onboard('and is rejected', 'rejected'),
          ])
    }
    ${group('Stripe asks for', [
      move('a document within two weeks', 'requirements_due'),
      move('a document that is past due', 'requirements_past_due'),
      move('a risk item', 'risk_item'),
      move('a risk item, and disables the account', 'risk_item', { disables: true }),
      move('a document in the future', 'future_requirements'),
    ])}
    ${group('Stripe', [
      move('enables the account', 'enabled'),
      move('fails the verification', 'verification_failed'),
      move('reviews the account', 'under_review'),
      move('finds a possible match on a list', 'listed'),
      move('pauses the account', 'paused'),
      move('rejects the account', 'rejected'),
      move('rejects the account and allows an appeal', 'rejected_with_appeal'),
    ])}
  </section>`
}
