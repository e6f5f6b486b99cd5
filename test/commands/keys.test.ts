/** `npm run keys` against a real database, and the keys it creates against the API. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { keysCommand } from '../../src/commands/keys.ts'
import { parseApiKey } from '../../src/http/api-key.ts'
import { startDatabase, type TestDatabase } from '../support/database.ts'
import { startGatehouse, type Gatehouse } from '../support/gatehouse.ts'
import { ran } from '../support/terminal.ts'

let database: TestDatabase
let gatehouse: Gatehouse

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  await database.clear()
  gatehouse = await startGatehouse(database)
})

const env = () => ({ LIBSQL_URL: database.url, STRIPE_SECRET_KEY: 'sk_test_1' })
const keys = (line: string | readonly string[], overrides: object = {}) =>
  ran(keysCommand, line, { env: env(), ...overrides })
const createKey = async (scopes = 'accounts:read') =>
  (await keys(`create --name web --scopes ${scopes}`)).out[0] ?? ''
const idOf = (key: string) => parseApiKey(key)?.id ?? ''
const listWith = (key: string) => gatehouse.call('GET', '/v1/accounts', { key })

it('create prints the new key alone on standard output and stores only its hash', async () => {
  const created = await keys('create --name web --scopes payments:write,accounts:read')
  expect(created.code).toBe(0)
  expect(created.out).toHaveLength(1)
  const key = created.out[0] ?? ''
  expect(parseApiKey(key)).toMatchObject({ livemode: false })
  expect(created.err.join('\n')).toContain('web: payments:write, accounts:read')
  const stored = JSON.stringify(await database.rows('SELECT * FROM clients'))
  expect(stored).not.toContain(parseApiKey(key)?.secret)
})

it('a key opens the routes of its scopes and no others', async () => {
  const key = await createKey('accounts:read')
  expect((await listWith(key)).status).toBe(200)
  const other = await gatehouse.call('POST', '/v1/accounts', { key, body: { external_id: 'shop-1' } })
  expect(other).toMatchObject({ status: 403, body: { code: 'missing_scope' } })
})

it('the next request with a revoked key is refused', async () => {
  const key = await createKey()
  expect((await listWith(key)).status).toBe(200)
  const revoked = await keys(`revoke ${idOf(key)}`)
  expect(revoked).toMatchObject({ code: 0, out: [] })
  expect(await listWith(key)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
})

it('a key with any one wrong character is refused without a database call', async () => {
  const key = await createKey()
  const mistyped = Array.from({ length: key.length }, (_, at) =>
    [key.slice(0, at), key[at] === 'x' ? 'y' : 'x', key.slice(at + 1)].join(''),
  )
  const { result, trips } = await gatehouse.counting(() => Promise.all(mistyped.map(listWith)))
  expect(new Set(result.map(({ status }) => status))).toEqual(new Set([401]))
  expect(trips.libsql).toBe(0)
})

it('a second revocation keeps the time of the first', async () => {
  const id = idOf(await createKey())
  await keys(`revoke ${id}`, { now: () => Date.UTC(2026, 0, 1) })
  const again = await keys(`revoke gk_test_${id}`)
  expect(again.code).toBe(0)
  expect(again.err.join()).toContain('2026-01-01T00:00:00.000Z')
})

it('a key with --expires works until then, and no longer', async () => {
  const created = await keys('create --name web --scopes accounts:read --expires 90d')
  expect(created.err.join('\n')).toMatch(/It stops working at 20\S+Z/)
  const key = created.out[0] ?? ''
  const after = (ms: number) => gatehouse.process({ now: () => Date.now() + ms }).fetch
  const list = (ms: number) => gatehouse.call('GET', '/v1/accounts', { key, through: after(ms) })
  expect((await list(90 * 86_400_000 - 60_000)).status).toBe(200)
  expect(await list(90 * 86_400_000)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
})

it('the use of a key is recorded after the response, at most once an hour', async () => {
  const key = await createKey()
  const lastUsed = async () =>
    (await database.rows('SELECT last_used_at FROM clients WHERE id = ?', [idOf(key)]))[0]?.['last_used_at']
  const useAt = async (now: number) => {
    const later = gatehouse.process({ now: () => now })
    await gatehouse.call('GET', '/v1/accounts', { key, through: later.fetch })
    await Promise.all(later.deferred)
  }
  const noon = Date.UTC(2030, 0, 1, 12)
  expect(await lastUsed()).toBeNull()
  await useAt(noon)
  expect(await lastUsed()).toBe(noon)
  await useAt(noon + 3_599_000)
  expect(await lastUsed(), 'within the hour').toBe(noon)
  await useAt(noon + 3_600_000)
  expect(await lastUsed()).toBe(noon + 3_600_000)
})

it('list shows keys without their secrets', async () => {
  const [first, second] = [await createKey('operate'), await createKey('accounts:read,accounts:write')]
  await keys(`revoke ${idOf(first)}`)
  const { out } = await keys('list')
  const text = out.join('\n')
  expect(text).toMatch(new RegExp(`${idOf(first)} +web +test +20\\S+Z +20\\S+Z +operate`))
  expect(text).toMatch(new RegExp(`${idOf(second)} +web +test +20\\S+Z +accounts:read,accounts:write`))
  expect(text).not.toContain(parseApiKey(second)?.secret)
})

it('list says when there is no key yet', async () => {
  await database.clear()
  expect(await keys('list')).toEqual({ code: 0, out: [], err: ['There is no key yet.'] })
})

it('create uses the mode of STRIPE_SECRET_KEY unless --mode overrides it', async () => {
  const live = { env: { LIBSQL_URL: database.url, STRIPE_SECRET_KEY: 'sk_live_1' } }
  const args = 'create --name web --scopes operate'
  expect((await keys(args, live)).out[0]).toMatch(/^gk_live_/)
  expect((await keys(`${args} --mode test`, live)).out[0]).toMatch(/^gk_test_/)
  const neither = await keys(args, { env: { LIBSQL_URL: database.url } })
  expect(neither).toMatchObject({ code: 1, out: [] })
  expect(neither.err.join()).toContain('--mode')
})

it.for([
  ['create --name web --scopes payments:writ', 'There is no scope payments:writ'],
  ['create --scopes operate', '--name'],
  ['create --name web', '--scopes'],
  ['create --name wéb --scopes operate', 'printable ASCII'],
  ['create --name web --scopes operate --mode both', 'test, live'],
  ['create --name web --scopes operate --expires soon', 'such as 90d'],
  ['create --name web --scopes operate --expires 0d', 'such as 90d'],
  ['rotate', 'unknown command'],
  ['revoke', "missing required argument 'id'"],
] as const)('"%s" exits with 2 for wrong usage: %s', async ([line, words]) => {
  const { code, out, err } = await keys(line)
  expect({ code, out }).toEqual({ code: 2, out: [] })
  expect(err.join('\n')).toContain(words)
})

it('revoke refuses an unknown id and a whole key with its secret', async () => {
  const unknown = await keys('revoke abcdefabcdef')
  expect(unknown.code).toBe(1)
  expect(unknown.err.join()).toContain('There is no key abcdefabcdef')
  const whole = await keys(`revoke ${await createKey()}`)
  expect(whole.code).toBe(1)
  expect(whole.err.join()).toContain('id only')
})

it('a failure names the missing variable or the unreachable database', async () => {
  const missing = await keys('list', { env: {} })
  const message = 'Configuration: LIBSQL_URL is missing. Use --dev for the local stack.'
  expect(missing).toMatchObject({ code: 1, err: [message] })
  const unreachable = await keys('list', { env: { LIBSQL_URL: 'http://127.0.0.1:1' } })
  expect(unreachable.code).toBe(1)
  expect(unreachable.err.join()).toContain('The database at LIBSQL_URL failed')
})

it('--dev uses the local stack that dev.json describes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-dev-'))
  const dev = {
    url: 'http://127.0.0.1:8787',
    stripe_sim: 'http://127.0.0.1:12111',
    libsql: database.url,
    stripe_key: 'sk_test_gatehouse_dev',
    webhook_secrets: { connect: 'whsec_1', platform: 'whsec_2' },
  }
  await writeFile(join(folder, 'dev.json'), JSON.stringify(dev))
  const created = await keys('create --name web --scopes operate --dev', { env: { DATA_DIR: folder } })
  expect(created.out[0]).toMatch(/^gk_test_/)
  await rm(folder, { recursive: true })
  const withoutStack = await keys('list --dev', { env: { DATA_DIR: folder } })
  expect(withoutStack.err.join()).toContain('npm run dev')
})

it('the script runs the command on its own', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/commands/keys.ts', 'create', '--name', 'cli', '--scopes', 'operate'],
    { env: { ...process.env, ...env() } },
  )
  expect((await listWith(stdout.trim())).status).toBe(403)
  const failed = await promisify(execFile)(process.execPath, ['src/commands/keys.ts', 'revoke', 'x'], {
    env: { ...process.env, ...env() },
  }).catch((error: { code: number }) => error)
  expect(failed).toMatchObject({ code: 1 })
})
