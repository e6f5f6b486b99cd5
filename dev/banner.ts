/** The text that `npm run dev` prints once the local stack is ready: its addresses, its keys and a first call. */
import type { Identity } from './identity.ts'

export function banner({ url, stripe_sim, libsql, client_url, keys }: Identity): string {
  return `
  Gatehouse        ${url}          docs ${url}/docs
  Stripe simulator ${stripe_sim}   act as Stripe on its page
  libSQL           ${libsql}
  Example client   ${client_url}   onboard a shop in a browser

  client key       ${keys.client}
  operator key     ${keys.operator}

  Try this:
    curl -sX POST ${url}/v1/accounts -H 'authorization: Bearer ${keys.client}' \\
      -H 'idempotency-key: 1' -H 'content-type: application/json' -d '{"external_id":"shop-1"}'
  or run the whole demo in another terminal:
    npm run demo
`
}
