/** Inserts the local stack's API keys into its database. */
import { hashSecret, parseApiKey, SCOPES, type Scope } from '../src/http/api-key.ts'
import { insertClient } from '../src/store/clients.ts'
import type { Database } from '../src/store/database.ts'
import type { Identity } from './identity.ts'

const CLIENT_SCOPES = SCOPES.filter((scope) => scope !== 'operate')

export async function seedKeys(database: Pick<Database, 'write'>, { keys }: Identity): Promise<void> {
  const rows = await Promise.all([
    rowOf(keys.client, 'dev-client', CLIENT_SCOPES),
    rowOf(keys.operator, 'dev-operator', SCOPES),
  ])
  await database.write(
    rows.map((statement) => ({ ...statement, sql: `${statement.sql} ON CONFLICT (id) DO NOTHING` })),
  )
}

async function rowOf(key: string, name: string, scopes: readonly Scope[]) {
  const parsed = parseApiKey(key)
  if (!parsed) throw new Error('dev.json contains an invalid API key; delete the file and start again')
  const secretHash = await hashSecret(parsed.secret)
  return insertClient({ id: parsed.id, name, secretHash, scopes, livemode: false, at: Date.now() })
}
