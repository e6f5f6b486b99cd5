import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_STATES } from '../src/accounts/bulk.ts'
import { MOVES } from '../src/accounts/moves.ts'
import { OUTCOMES } from '../src/accounts/onboarding.ts'
import { registerControls } from '../src/control/routes.ts'
import { NORMAL_DELIVERY } from '../src/core/delivery-mode.ts'
import { SWITCH_NAMES, SWITCH_VALUES } from '../src/core/switches.ts'
import type { Runtime } from '../src/runtime.ts'
import type { SimulatorOptions } from '../src/simulator.ts'
import { installedBinary } from './installed-binary.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

it('the README names every switch and value, delivery mode, move, outcome and state', () => {
  const values = SWITCH_NAMES.flatMap((name) =>
    SWITCH_VALUES[name].flatMap((value) => (typeof value === 'string' ? [`\`${value}\``] : [])),
  )
  const names = [
    ...SWITCH_NAMES,
    ...values,
    ...Object.keys(NORMAL_DELIVERY),
    ...MOVES,
    ...OUTCOMES,
    ...ACCOUNT_STATES,
  ]
  expect(names.filter((name) => !readme.includes(name))).toEqual([])
})

it('the README names every control', () => {
  const app = new Hono()
  // The routes are listed and never called.
  registerControls(app, {} as Runtime)
  const routes = app.routes.map(({ path }) => path)
  expect(routes.length).toBeGreaterThan(30)
  const isNamed = (path: string) =>
    new RegExp(path.replaceAll(/:\w+/g, '\\{\\w+\\}')).test(readme) ||
    // A row may shorten a route to its end.
    new RegExp(`(?:…|· \`)/${path.split('/').at(-1)}\``).test(readme)
  const missing = routes.filter((path) => !isNamed(path))
  expect(missing).toEqual([])
})

/** The compiler checks that this list is complete. */
const OPTIONS: Record<keyof SimulatorOptions, true> = {
  seed: true,
  now: true,
  publicUrl: true,
  webhooks: true,
  deliver: true,
  timeScale: true,
  concurrency: true,
  live: true,
  dataFile: true,
  switches: true,
  platform: true,
}

it('the README names every option', () => {
  expect(Object.keys(OPTIONS).filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([])
})

describe('the commands and examples of the README', () => {
  const run = promisify(execFile)
  const repository = fileURLToPath(new URL('../../..', import.meta.url))
  const home = mkdtempSync(join(tmpdir(), 'readme-'))
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    PATH: `${dirname(installedBinary('stripe'))}:${process.env['PATH']}`,
  }
  const shell = blocks('sh').flatMap(commands)
  const start = shell.find((command) => command.startsWith('npx stripe-connect-simulator')) ?? ''
  const server = spawn('sh', ['-c', `exec ${start.replace('npx ', '')}`], {
    env: { ...env, STRIPE_SIM_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url: string
  beforeAll(async () => {
    const [line] = (await once(server.stdout, 'data')) as [unknown]
    url = /http:\S+/.exec(String(line))?.[0] ?? ''
  })
  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
    rmSync(home, { recursive: true })
  })

  it.each(shell.filter((command) => command.startsWith('npx stripe ')))('%s', async (command) => {
    const there = command.replace('npx ', '').replaceAll('http://127.0.0.1:12111', url)
    await run('sh', ['-c', there], { cwd: repository, env })
    const lines = JSON.parse(await (await fetch(`${url}/_sim/requests`)).text()) as {
      data: { method: string; path: string; status: number }[]
    }
    // The last request of each command creates an endpoint.
    expect(lines.data[0]).toMatchObject({ method: 'POST', path: '/v1/webhook_endpoints', status: 200 })
  })

  it.each(blocks('ts').filter((block) => block.includes('import ')))(
    'the example no. %# runs',
    async (block) => {
      const app = "const app = { fetch: async () => new Response('ok') }\n"
      const imported = block.includes("from 'stripe'") ? '' : "import { Stripe } from 'stripe'\n"
      const cwd = createProject(home)
      await run(process.execPath, ['--input-type=module-typescript', '-e', imported + app + block], { cwd })
    },
  )
})

/** Creates a project with a copy of this package. The copy can import only the dependencies that it declares. */
function createProject(parent: string): string {
  const project = mkdtempSync(join(parent, 'project-'))
  const copy = join(project, 'stripe-connect-simulator')
  for (const part of ['package.json', 'src'])
    cpSync(fileURLToPath(new URL(`../${part}`, import.meta.url)), join(copy, part), { recursive: true })
  const { dependencies }: { dependencies: object } = JSON.parse(
    readFileSync(join(copy, 'package.json'), 'utf8'),
  )
  for (const name of Object.keys(dependencies)) link(join(copy, 'node_modules', name), installed(name))
  link(join(project, 'node_modules/stripe'), installed('stripe'))
  link(join(project, 'node_modules/stripe-connect-simulator'), copy)
  return project
}

function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

/** The folder of an installed dependency. */
function installed(name: string, folder = import.meta.dirname): string {
  const path = join(folder, 'node_modules', name)
  return existsSync(path) ? realpathSync(path) : installed(name, dirname(folder))
}

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
