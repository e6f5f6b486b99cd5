/**
 * The local stack's keys and secrets. The first start creates them and stores them in `dev.json` beside the data. They are
 * valid for this local stack only.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { makeApiKey } from '../src/http/api-key.ts'
import { base62 } from '../src/ids.ts'
import type { Settings } from './settings.ts'

const Identity = z.object({
  url: z.string(),
  stripe_sim: z.string(),
  libsql: z.string(),
  client_url: z.string().default(''),
  keys: z.object({ client: z.string(), operator: z.string() }),
  stripe_key: z.string(),
  webhook_secrets: z.object({ connect: z.string(), platform: z.string() }),
  signing_secret: z.string(),
})
export type Identity = z.infer<typeof Identity>

export const DEV_STRIPE_KEY = 'sk_test_gatehouse_dev'

/** The stored keys and secrets of the data directory, with the addresses of this start. */
export async function readIdentity(settings: Settings, clientUrl: string): Promise<Identity> {
  const file = join(settings.dataDir, 'dev.json')
  const stored = await readFile(file, 'utf8').then(
    (text) => Identity.parse(JSON.parse(text)),
    () => null,
  )
  const identity: Identity = {
    ...(stored ?? newSecrets()),
    url: settings.url,
    stripe_sim: `http://127.0.0.1:${settings.simPort}`,
    libsql:
      settings.runtime === 'workers'
        ? `http://127.0.0.1:${settings.libsqlPort}`
        : pathToFileURL(join(settings.dataDir, 'gatehouse.db')).href,
    client_url: clientUrl,
  }
  await mkdir(settings.dataDir, { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return identity
}

function newSecrets(): Omit<Identity, 'url' | 'stripe_sim' | 'libsql' | 'client_url'> {
  return {
    keys: { client: makeApiKey(false).key, operator: makeApiKey(false).key },
    stripe_key: DEV_STRIPE_KEY,
    webhook_secrets: { connect: `whsec_${base62(32)}`, platform: `whsec_${base62(32)}` },
    signing_secret: base62(48),
  }
}
