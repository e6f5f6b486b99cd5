/** The README's deployment, up to the steps that need Cloudflare: against libSQL's server and the Stripe simulator. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/web'
import { serveSimulator, type ServedSimulator } from 'stripe-connect-simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import { startSqld, type Sqld } from '../../dev/sqld.ts'
import { pendingMigrations, readMigrations } from '../../migrations/apply.ts'
import { freePort, freePorts } from '../support/free-port.ts'
import { openShell, type Shell } from './shell.ts'
import { snippetsOf } from './snippets.ts'

const SIGNING_SECRET = 'a-signing-secret-for-tests-only-0123456789'

let folder: string
let sqld: Sqld
let simulator: ServedSimulator
let shell: Shell
let snippets: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-deploy-'))
  sqld = await startSqld({ dir: join(folder, 'libsql'), port: await freePort() })
  const [port = 0] = await freePorts(1)
  simulator = await serveSimulator({ port })
  await fetch(`${simulator.url}/_sim/accounts`, { method: 'POST', body: '{"count":3,"state":"enabled"}' })
  shell = openShell({
    cwd: process.cwd(),
    env: {
      ...process.env,
      STRIPE_SECRET_KEY: 'sk_test_deploy',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_deploy',
      STRIPE_API_BASE: simulator.url,
      LIBSQL_URL: sqld.url,
      LIBSQL_AUTH_TOKEN: 'a-token',
      PUBLIC_URL: 'https://gatehouse.example.com',
      SIGNING_SECRET,
    },
  })
  // In place of wrangler's upload: keeps the file that would be uploaded.
  await shell.paste(`npx() { cp "$4" ${join(folder, 'uploaded.env')}; }`)
  const readme = await readFile('README.md', 'utf8')
  snippets = snippetsOf(readme)
    .filter(({ heading }) => heading === 'Deploy')
    .map(({ code }) => code.replaceAll('secrets.env', join(folder, 'secrets.env')))
})
afterAll(async () => {
  await shell?.close()
  await simulator?.close()
  await sqld?.kill()
  await rm(folder, { recursive: true, force: true })
})

async function paste(command: string): Promise<string> {
  const snippet = snippets.find((code) => code.includes(command))
  if (snippet === undefined) throw new Error(`The README does not deploy with ${command}.`)
  return shell.paste(snippet)
}

describe('the deployment in the README', () => {
  it('creates the tables and registers the endpoints', async () => {
    await paste('npm run migrate')
    const client = createClient({ url: sqld.url })
    expect(await pendingMigrations(client, await readMigrations())).toEqual([])
    client.close()
    const listed = await fetch(`${simulator.url}/v1/webhook_endpoints`, {
      headers: { authorization: 'Bearer sk_test_deploy' },
    })
    const { data } = (await listed.json()) as { data: { url: string }[] }
    expect(data.map(({ url }) => url).toSorted()).toEqual([
      'https://gatehouse.example.com/webhooks/stripe/connect',
      'https://gatehouse.example.com/webhooks/stripe/platform',
    ])
  })

  it('uploads every secret that wrangler.toml requires, and keeps no copy', async () => {
    await paste('wrangler secret bulk')
    const uploaded = await readFile(join(folder, 'uploaded.env'), 'utf8')
    const secrets = Object.fromEntries(
      uploaded
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    )
    const { secrets: declared } = unstable_readConfig({ config: 'wrangler.toml' })
    expect(Object.keys(secrets).toSorted()).toEqual(declared?.required?.toSorted())
    expect(secrets).toMatchObject({
      SIGNING_SECRET,
      STRIPE_CONNECT_WEBHOOK_SECRETS: expect.stringMatching(/^whsec_/) as string,
    })
    await expect(readFile(join(folder, 'secrets.env'), 'utf8')).rejects.toThrow('ENOENT')
  })

  it('adopts the existing accounts and creates a key', async () => {
    const printed = await paste('npm run adopt')
    expect(printed).toMatch(/^gk_test_\w+$/m)
    const client = createClient({ url: sqld.url })
    const { rows } = await client.execute('SELECT count(*) AS adopted FROM instances')
    expect(rows).toMatchObject([{ adopted: 3 }])
    client.close()
  })
})
