/** Does the exercise of machines/README.md as it stands there, on a copy of the repository. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const COPIED = [
  'dev',
  'machines',
  'migrations',
  'src',
  'test/support',
  'package.json',
  'tsconfig.json',
  '.oxfmtrc.json',
  '.oxlintrc.json',
]
const written: string[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exercise-'))
  await Promise.all(COPIED.map((path) => cp(path, join(folder, path), { recursive: true })))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  const readme = await readFile('machines/README.md', 'utf8')
  for (const [, path, source] of readme.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)) {
    if (path === undefined || source === undefined) continue
    // oxlint-disable no-await-in-loop
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), source)
    written.push(path)
    // oxlint-enable no-await-in-loop
  }
  await writeFile(join(folder, 'play.ts'), PLAY)
  await writeFile(
    join(folder, 'tsconfig.exercise.json'),
    JSON.stringify({ extends: './tsconfig.json', include: ['src', 'machines', 'play.ts'] }),
  )
})
afterAll(() => rm(folder, { recursive: true }))

/** Disputes a payment, and prints what is stored of the dispute. */
const PLAY = `
import { startDatabase } from './test/support/database.ts'
import { startGatehouse } from './test/support/gatehouse.ts'
import { anEnabledMerchant } from './test/support/merchant.ts'

const database = await startDatabase()
try {
  const gatehouse = await startGatehouse(database)
  const { account, pay } = await anEnabledMerchant(gatehouse)
  const payment = await pay()
  await gatehouse.sim('POST', \`/_sim/payment_intents/\${payment.body['id']}/dispute\`, {})
  await gatehouse.settle()
  const [stored] = await database.rows("SELECT id, account, value, context FROM instances WHERE machine = 'dispute'")
  const history = await database.rows("SELECT event, to_value FROM transitions WHERE machine = 'dispute' ORDER BY seq")
  const overview = await gatehouse.call('GET', '/v1/overview')
  console.log(
    JSON.stringify({
      account,
      owner: stored?.['account'],
      state: JSON.parse(String(stored?.['value'])),
      verified: JSON.parse(String(stored?.['context'])).verified_at !== null,
      history: history.map(({ event, to_value }) => [event, JSON.parse(String(to_value))]),
      counted: overview.body['instances'].dispute,
      payment: (await gatehouse.call('GET', \`/v1/accounts/\${account}/payments/\${payment.body['id']}\`)).body['dispute'],
    }),
  )
} finally {
  await database.stop()
}
`

it('the exercise compiles, passes lint and format, and tracks a dispute with nothing else changed', async () => {
  const bin = resolve('node_modules/.bin')
  await run(join(bin, 'tsc'), ['-p', 'tsconfig.exercise.json'], { cwd: folder }).catch(
    (failed: { stdout: string }) => {
      throw new Error(failed.stdout)
    },
  )
  await run(join(bin, 'oxfmt'), ['--check', ...written], { cwd: folder })
  await run(join(bin, 'oxlint'), ['--deny-warnings', ...written], { cwd: folder })
  const { stdout } = await run(process.execPath, ['play.ts'], { cwd: folder })
  const told = JSON.parse(stdout)
  expect(told).toEqual({
    account: told.account,
    owner: told.account,
    state: { dispute: 'needs_response' },
    verified: true,
    history: expect.arrayContaining([['stripe.observed', { dispute: 'needs_response' }]]),
    counted: {
      dispute: { inquiry: 0, lost: 0, needs_response: 1, under_review: 0, unrecognized: 0, won: 0 },
    },
    payment: 'open',
  })
}, 120_000)
