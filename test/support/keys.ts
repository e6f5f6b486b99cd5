/** API keys for tests, stored like real ones. */
import {
  formatApiKey,
  hashSecret,
  makeApiKey,
  parseApiKey,
  SCOPES,
  type Scope,
} from '../../src/http/api-key.ts'
import { insertClient, recordUse } from '../../src/store/clients.ts'
import type { TestDatabase } from './database.ts'

export async function aKey(
  database: Pick<TestDatabase, 'client'>,
  scopes: readonly Scope[] = SCOPES,
  name = 'tests',
): Promise<string> {
  const { key, id, secret } = makeApiKey(false)
  const secretHash = await hashSecret(secret)
  await database.client.batch(
    [
      insertClient({ id, name, secretHash, scopes, livemode: false, at: Date.now() }),
      // No test that counts round trips counts the hourly record of the key's use.
      recordUse(id, Date.UTC(9999, 0), 0),
    ],
    'write',
  )
  return key
}

/** The key with another secret and a checksum that fits: anybody who knows the id can make it. */
export function forgedKey(key: string): string {
  const known = parseApiKey(key)
  if (!known) throw new Error('only a well-formed key can be forged')
  return formatApiKey({ ...known, secret: makeApiKey(known.livemode).secret })
}
