/** `npm run lint` holds the layers of src/README.md: it fails on a circle, and on an import of a room further up. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layers-'))
  await cp('.oxlintrc.json', join(folder, '.oxlintrc.json'))
  await cp('tsconfig.json', join(folder, 'tsconfig.json'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The rules that lint reports for these files, path → source. */
async function lint(files: Record<string, string>): Promise<string[]> {
  for (const [path, source] of Object.entries(files)) {
    // oxlint-disable no-await-in-loop
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), source)
    // oxlint-enable no-await-in-loop
  }
  const { stdout } = await run('node_modules/.bin/oxlint', ['--format', 'json', '.'], { cwd: folder }).catch(
    (failed: { stdout: string }) => failed,
  )
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  return diagnostics.map(({ code, filename }) => `${filename}: ${code}`).toSorted()
}

const EXPORTS = 'export const planted = 1\nexport type Planted = number\n'
const imports = (path: string) => `import { planted } from '${path}'\n\nexport const copy = planted\n`
const importsType = (path: string) =>
  `import type { Planted } from '${path}'\n\nexport type Copy = Planted\nexport const planted = 1\n`

const ROOMS_ABOVE = [
  ['src/store', '../engine/advance.ts'],
  ['src/stripe', '../accounts/gate.ts'],
  ['src/engine', '../http/problem.ts'],
  ['src/engine', '../payments/create.ts'],
  ['src/engine', '../lifecycles.ts'],
  ['src/engine/reconcile', '../../app.ts'],
  ['src/engine/reconcile', '../../http/problem.ts'],
  ['src/store', '../client.ts'],
  ['src/money', '../payments/create.ts'],
  ['src/docs', '../app.ts'],
  ['src/webhooks', '../operators/overview.ts'],
  ['src/operators', '../worker.ts'],
  ['src/commands', '../worker.ts'],
  ['machines/account', '../payout/machine.ts'],
  ['machines/payout', '../payment/machine.ts'],
  ['src/http', '../idempotency/execute.ts'],
  ['src/idempotency', '../payments/create.ts'],
  ['src/accounts', '../payouts/create.ts'],
  ['src/payments', '../operators/overview.ts'],
  ['src/payouts', '../payments/create.ts'],
  ['src/onboarding', '../app.ts'],
  ['src/payments', '../../dev/settings.ts'],
  ['machines', '../src/config.ts'],
  ['machines/account', '../../src/config.ts'],
] as const

describe('lint', () => {
  it.each(ROOMS_ABOVE)('refuses that %s imports %s', async (room, above) => {
    const planted = `${room}/planted.ts`
    const problems = await lint({ [join(room, above)]: EXPORTS, [planted]: imports(above) })
    expect(problems).toEqual([`${planted}: eslint(no-restricted-imports)`])
  })

  it('refuses that a single file such as src/log.ts imports a room', async () => {
    const files = { 'src/accounts/planted.ts': EXPORTS, 'src/log.ts': imports('./accounts/planted.ts') }
    expect(await lint(files)).toEqual(['src/log.ts: eslint(no-restricted-imports)'])
  })

  it('accepts an import of a room further down', async () => {
    const files = {
      'src/store/database.ts': EXPORTS,
      'src/engine/planted.ts': imports('../store/database.ts'),
      'src/payments/planted.ts': imports('../engine/planted.ts').replace(
        '{ planted }',
        '{ copy as planted }',
      ),
    }
    expect(await lint(files)).toEqual([])
  })

  it('refuses a circle, also of types alone', async () => {
    const files = { 'src/store/a.ts': importsType('./b.ts'), 'src/store/b.ts': importsType('./a.ts') }
    const reported = (await lint(files)).filter((line) => line.endsWith('import(no-cycle)'))
    expect(reported).toEqual(['src/store/a.ts: import(no-cycle)', 'src/store/b.ts: import(no-cycle)'])
  })
})
