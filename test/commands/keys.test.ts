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
const aKey = async (scopes = 'accounts:read') =>
  (await keys(`create --name web --scopes ${scopes}`)).out[0] ?? ''
const idOf = (key: string) => parseApiKey(key)?.id ?? ''
const listWith = (key: string) => gatehouse.call('GET', '/v1/accounts', { key })

it('prints a new key once, alone on standard output, and keeps no more than its hash', async () => {
  const made = await keys('create --name web --scopes payments:write,accounts:read')
  expect(made.code).toBe(0)
  expect(made.out).toHaveLength(1)
  const key = made.out[0] ?? ''
  expect(parseApiKey(key)).toMatchObject({ livemode: false })
  expect(made.err.join('\n')).toContain('web: payments:write, accounts:read')
  const stored = JSON.stringify(await database.rows('SELECT * FROM clients'))
  expect(stored).not.toContain(parseApiKey(key)?.secret)
})

it('makes keys that open what their scopes say, and nothing else', async () => {
  const key = await aKey('accounts:read')
  expect((await listWith(key)).status).toBe(200)
  const other = await gatehouse.call('POST', '/v1/accounts', { key, body: { external_id: 'shop-1' } })
  expect(other).toMatchObject({ status: 403, body: { code: 'missing_scope' } })
})

it('revokes at once: the next request is refused', async () => {
  const key = await aKey()
  expect((await listWith(key)).status).toBe(200)
  const revoked = await keys(`revoke ${idOf(key)}`)
  expect(revoked).toMatchObject({ code: 0, out: [] })
  expect(await listWith(key)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
})

it('turns a mistyped key away before the database is asked, whichever letter is wrong', async () => {
  const key = await aKey()
  const mistyped = Array.from({ length: key.length }, (_, at) =>
    [key.slice(0, at), key[at] === 'x' ? 'y' : 'x', key.slice(at + 1)].join(''),
  )
  const { result, trips } = await gatehouse.counting(() => Promise.all(mistyped.map(listWith)))
  expect(new Set(result.map(({ status }) => status))).toEqual(new Set([401]))
  expect(trips.libsql).toBe(0)
})

it('leaves the time of the first revocation when a key is revoked again', async () => {
  const id = idOf(await aKey())
  await keys(`revoke ${id}`, { now: () => Date.UTC(2026, 0, 1) })
  const again = await keys(`revoke gk_test_${id}`)
  expect(again.code).toBe(0)
  expect(again.err.join()).toContain('2026-01-01T00:00:00.000Z')
})

it('lists keys without their secrets', async () => {
  const [first, second] = [await aKey('operate'), await aKey('accounts:read,accounts:write')]
  await keys(`revoke ${idOf(first)}`)
  const { out } = await keys('list')
  const text = out.join('\n')
  expect(text).toMatch(new RegExp(`${idOf(first)} +web +test +20\\S+Z +20\\S+Z +operate`))
  expect(text).toMatch(new RegExp(`${idOf(second)} +web +test +20\\S+Z +accounts:read,accounts:write`))
  expect(text).not.toContain(parseApiKey(second)?.secret)
})

it('says when there is no key yet', async () => {
  await database.clear()
  expect(await keys('list')).toEqual({ code: 0, out: [], err: ['There is no key yet.'] })
})

it('makes keys for the mode of the Stripe key, or for the one that is named', async () => {
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
  ['rotate', 'unknown command'],
  ['revoke', "missing required argument 'id'"],
] as const)('%s is refused as misused: %s', async ([line, words]) => {
  const { code, out, err } = await keys(line)
  expect({ code, out }).toEqual({ code: 2, out: [] })
  expect(err.join('\n')).toContain(words)
})

it('knows no key that is not there, and takes no secret on its command line', async () => {
  const unknown = await keys('revoke abcdefabcdef')
  expect(unknown.code).toBe(1)
  expect(unknown.err.join()).toContain('There is no key abcdefabcdef')
  const whole = await keys(`revoke ${await aKey()}`)
  expect(whole.code).toBe(1)
  expect(whole.err.join()).toContain('by its id')
})

it('names the variable that is missing, and says when the database is away', async () => {
  const missing = await keys('list', { env: {} })
  const said = 'Configuration: LIBSQL_URL is missing. With --dev, it works on the local stack.'
  expect(missing).toMatchObject({ code: 1, err: [said] })
  const away = await keys('list', { env: { LIBSQL_URL: 'http://127.0.0.1:1' } })
  expect(away.code).toBe(1)
  expect(away.err.join()).toContain('The database at LIBSQL_URL did not do it')
})

it('works on the local stack when asked to, by what that says of itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-dev-'))
  const dev = {
    url: 'http://127.0.0.1:8787',
    stripe_sim: 'http://127.0.0.1:12111',
    libsql: database.url,
    stripe_key: 'sk_test_gatehouse_dev',
    webhook_secrets: { connect: 'whsec_1', platform: 'whsec_2' },
  }
  await writeFile(join(folder, 'dev.json'), JSON.stringify(dev))
  const made = await keys('create --name web --scopes operate --dev', { env: { DATA_DIR: folder } })
  expect(made.out[0]).toMatch(/^gk_test_/)
  await rm(folder, { recursive: true })
  const none = await keys('list --dev', { env: { DATA_DIR: folder } })
  expect(none.err.join()).toContain('npm run dev')
})

it('is what `npm run keys` runs', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/commands/keys.ts', 'create', '--name', 'cli', '--scopes', 'operate'],
    { env: { ...process.env, ...env() } },
  )
  expect((await listWith(stdout.trim())).status).toBe(403)
  const wrong = await promisify(execFile)(process.execPath, ['src/commands/keys.ts', 'revoke', 'x'], {
    env: { ...process.env, ...env() },
  }).catch((error: { code: number }) => error)
  expect(wrong).toMatchObject({ code: 1 })
})
