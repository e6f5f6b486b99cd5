/**
 * The floors: a Worker that does only the minimum of each operation. Gatehouse's cost above its floor is the cost of its
 * own logic. The Worker is built, started and called in the same way as Gatehouse.
 */
import { openDatabase, type Database } from '../src/store/database.ts'
import { noRows } from '../src/store/parse.ts'
import { isSigned } from '../src/webhooks/signature.ts'

interface Bindings {
  LIBSQL_URL: string
  STRIPE_API_BASE: string
  STRIPE_SECRET_KEY: string
  STRIPE_CONNECT_WEBHOOK_SECRETS: string
}

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const { pathname } = new URL(request.url)
    const [, floor = '', id = ''] = pathname.split('/')
    switch (floor) {
      case 'verify':
        return answer(await verified(request, bindings))
      case 'verify-and-insert': {
        const body = await verified(request, bindings)
        const { id: event } = JSON.parse(body) as { id: string }
        await database(bindings).write([
          { sql: 'INSERT INTO floor (id, body) VALUES (?, ?)', args: [event, body], parse: noRows },
        ])
        return answer('')
      }
      case 'read-a-row': {
        const [value] = await database(bindings).read([
          {
            sql: "SELECT value FROM instances WHERE machine = 'account' AND id = ?",
            args: [id],
            parse: ([row]) => row?.['value'] as string,
          },
        ])
        return answer(value)
      }
      case 'call-stripe': {
        const response = await fetch(`${bindings.STRIPE_API_BASE}/v1/payment_intents`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${bindings.STRIPE_SECRET_KEY}`,
            'content-type': 'application/x-www-form-urlencoded',
            'stripe-account': id,
          },
          body: await request.text(),
        })
        return answer(await response.text(), response.status)
      }
      default:
        return answer('no such floor', 404)
    }
  },
}

async function verified(request: Request, bindings: Bindings): Promise<string> {
  const body = await request.text()
  const header = request.headers.get('stripe-signature')
  const secrets = [bindings.STRIPE_CONNECT_WEBHOOK_SECRETS]
  if (!(await isSigned({ body, header, secrets, now: Date.now() }))) throw new Error('not signed')
  return body
}

/** Gatehouse's own client, because a floor too must survive the database's checkpoints. */
function database({ LIBSQL_URL }: Bindings): Database {
  return openDatabase({
    url: LIBSQL_URL,
    authToken: null,
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: () => Math.random(),
  })
}

function answer(text: string, status = 200): Response {
  return new Response(JSON.stringify({ text }), {
    status,
    headers: { 'content-type': 'application/json' },
  })
}
