/** What somebody who has just started the local stack wants to know, and one thing to try. */
import type { Identity } from './identity.ts'

export function card({ url, stripe_sim, libsql, client_url, keys }: Identity): string {
  return `
  Gatehouse        ${url}          docs ${url}/docs
  Stripe (played)  ${stripe_sim}   a page to play Stripe on
  libSQL           ${libsql}
  Example client   ${client_url}   onboard a shop there, in a browser

  client key       ${keys.client}
  operator key     ${keys.operator}

  Try this:
    curl -sX POST ${url}/v1/accounts -H 'authorization: Bearer ${keys.client}' \\
      -H 'idempotency-key: 1' -H 'content-type: application/json' -d '{"external_id":"shop-1"}'
  or, in another terminal, the whole story:
    npm run demo
`
}
