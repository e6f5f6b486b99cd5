import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STATES } from '../../dev/stripe/accounts/bulk.ts'
import { MOVES } from '../../dev/stripe/accounts/moves.ts'
import { OUTCOMES } from '../../dev/stripe/accounts/onboarding.ts'
import { registerControls } from '../../dev/stripe/control/routes.ts'
import { SWITCH_NAMES, SWITCH_VALUES } from '../../dev/stripe/core/switches.ts'
import { type ServedSimulator, serveSimulator } from '../../dev/stripe/serve.ts'
import type { Host } from '../../dev/stripe/simulator.ts'
import { ORDERLY } from '../../dev/stripe/webhooks/delivery.ts'

const source = readFileSync(new URL('../../dev/stripe/simulator.ts', import.meta.url), 'utf8')
const readme = readFileSync(new URL('../../dev/stripe/README.md', import.meta.url), 'utf8')

it('tells of every switch and its values, every delivery mode, move, outcome and state', () => {
  const values = SWITCH_NAMES.flatMap((name) =>
    SWITCH_VALUES[name].flatMap((value) => (typeof value === 'string' ? [`\`${value}\``] : [])),
  )
  const names = [...SWITCH_NAMES, ...values, ...Object.keys(ORDERLY), ...MOVES, ...OUTCOMES, ...STATES]
  expect(names.filter((name) => !readme.includes(name))).toEqual([])
})

it('tells of every control', () => {
  const app = new Hono()
  // Routes are only named here, and never called.
  registerControls(app, {} as Host)
  const routes = app.routes.map(({ path }) => path)
  expect(routes.length).toBeGreaterThan(30)
  const isTold = (path: string) =>
    new RegExp(path.replaceAll(/:\w+/g, '\\{\\w+\\}')).test(readme) ||
    // A row that goes on with the route before it names the end alone.
    new RegExp(`(?:…|· \`)/${path.split('/').at(-1)}\``).test(readme)
  const untold = routes.filter((path) => !isTold(path))
  expect(untold).toEqual([])
})

it('tells of every option', () => {
  const options = /interface SimulatorOptions \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
  const names = [...options.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(8)
  expect(names.filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([])
})

it('needs of others what it says, and nothing else of this repository', () => {
  const folder = fileURLToPath(new URL('../../dev/stripe/', import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const imports = files.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return Array.from(text.matchAll(/ from '([^']+)'/g), ([, from = '']) => ({ file, from }))
  })
  const own = imports.filter(({ from }) => from.startsWith('.'))
  const outside = own.filter(({ file, from }) => !join(folder, file, '..', from).startsWith(folder))
  expect(outside).toEqual([])
  const wanted = /`npm install ([^`]*)`/.exec(readme)?.[1]?.split(' ') ?? []
  // Only whoever makes the schemas again needs what makes them.
  const packages = imports
    .filter(
      ({ file, from }) =>
        !/^(?:\.|node:)/.test(from) && file !== 'params/generate.ts' && file !== 'params/flatten.ts',
    )
    .map(({ from }) => /^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? '')
  expect(new Set(packages)).toEqual(new Set(wanted))
})

describe('what it says to do, done to the letter', () => {
  const run = promisify(execFile)
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const home = mkdtempSync(join(tmpdir(), 'readme-'))
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    PATH: `${root}node_modules/.bin:${process.env['PATH']}`,
  }
  let simulator: ServedSimulator
  beforeAll(async () => {
    simulator = await serveSimulator({ port: 0 })
  })
  afterAll(async () => {
    await simulator.close()
    rmSync(home, { recursive: true })
  })

  it.each(
    blocks('sh')
      .flatMap(commands)
      .filter((command) => command.startsWith('npx stripe')),
  )('%s', async (command) => {
    const there = command.replace('npx ', '').replaceAll('http://127.0.0.1:12111', simulator.url)
    await run('sh', ['-c', there], { cwd: root, env })
    const lines = JSON.parse(await (await fetch(`${simulator.url}/_sim/requests`)).text()) as {
      data: { method: string; path: string; status: number }[]
    }
    // The last of each leaves an endpoint.
    expect(lines.data[0]).toMatchObject({ method: 'POST', path: '/v1/webhook_endpoints', status: 200 })
  })

  it.each(blocks('ts').filter((block) => block.includes('import ')))('the example no. %#', async (block) => {
    const app = "const app = { fetch: async () => new Response('ok') }\n"
    const imported = block.includes("from 'stripe'") ? '' : "import { Stripe } from 'stripe'\n"
    const code = imported + app + block.replaceAll('./stripe-simulator/', './dev/stripe/')
    await run(process.execPath, ['--input-type=module-typescript', '-e', code], { cwd: root })
  })
})

function blocks(language: string): string[] {
  return Array.from(
    readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')),
    ([, block = '']) => block,
  )
}

function commands(block: string): string[] {
  return block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.split(' # ')[0]?.trim() ?? '')
    .filter((line) => line !== '')
}
