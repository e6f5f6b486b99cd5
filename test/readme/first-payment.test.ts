/** The README's first payment: every snippet is pasted from top to bottom, against `npm run dev`. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowser, launchBrowser } from '../support/browser.ts'
import {
  devEnvironment,
  interruptDev,
  readDevIdentity,
  startDev,
  type DevIdentity,
  type DevStack,
} from '../support/dev-stack.ts'
import { freePort, isListening } from '../support/free-port.ts'
import { openShell, type Shell } from './shell.ts'
import { fileNameOf, snippetsOf, type Snippet } from './snippets.ts'
import { DECLINED, standInForStripeJs, stripeJsCalls } from './stripe-js.ts'

/** Inside the project, so that `gatehouse/client` is found; with the project's tools, as the reader's folder has them. */
let folder: string
let shopPort: number
let stack: DevStack
let identity: DevIdentity
let shell: Shell
let left: Snippet[]

beforeAll(async () => {
  const readme = await readFile('README.md', 'utf8')
  left = snippetsOf(readme).filter(({ heading }) => /^\d\. /.test(heading))
  await mkdir('.data', { recursive: true })
  folder = await mkdtemp(resolve('.data', 'readme-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  shopPort = await freePort()
  stack = await startDev(await devEnvironment(join(folder, '.data')))
  identity = await readDevIdentity(join(folder, '.data'))
  shell = openShell({ cwd: folder, env: { ...process.env, PORT: String(shopPort) } })
})
afterAll(async () => {
  await shell?.close()
  if (stack) await interruptDev(stack)
  await rm(folder, { recursive: true, force: true })
})

/** The next snippet, which has to be of the step and in the language that are named. */
function next(step: string, language: string): Snippet {
  const snippet = left.shift()
  expect(snippet).toMatchObject({ heading: expect.stringContaining(step) as string, language })
  if (!snippet) throw new Error('The README has no more snippets.')
  return snippet
}

const paste = (step: string) => shell.paste(next(step, 'sh').code)
const variable = (name: string) => shell.paste(`echo "$${name}"`)

async function save(step: string, language: string): Promise<void> {
  const snippet = next(step, language)
  await writeFile(join(folder, fileNameOf(snippet) ?? ''), snippet.code)
}

async function read(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${identity.url}/v1/accounts/${await variable('ACCOUNT')}${path}`, {
    headers: { authorization: `Bearer ${identity.keys.client}` },
  })
  return (await response.json()) as Record<string, unknown>
}

describe('the README, pasted from top to bottom,', () => {
  it('reads the addresses and the key', async () => {
    expect(await paste('Read the addresses')).toBe('')
    expect(await variable('API')).toBe(`${identity.url}/v1`)
    expect(await variable('KEY')).toBe(identity.keys.client)
  })

  it('creates an account', async () => {
    expect(await paste('Create an account')).toMatch(/^acct_\w+$/)
    expect(await read('')).toMatchObject({ state: { onboarding: 'created' }, fee_policy: { bps: 500 } })
  })

  it('links to Stripe’s form, and has it filled in', async () => {
    const link = await paste('Onboard')
    const form = await fetch(link)
    expect(form.status, link).toBe(200)
    expect(await form.text()).toContain('uses Stripe to pay you')
    expect(await paste('Onboard')).toBe(await variable('ACCOUNT'))
  })

  it('waits until Stripe has enabled the account', async () => {
    expect(await paste('Wait until')).toBe('enabled')
    expect(await read('/status')).toMatchObject({ gates: { charge: { open: true } } })
  })

  it('creates a payment with the platform’s fee', async () => {
    const payment = await paste('Create a payment')
    expect(payment).toMatch(/^pi_\w+$/)
    expect(await read(`/payments/${payment}`)).toMatchObject({ amount: 2500, application_fee_amount: 125 })
  })

  it('type-checks shop.ts', async () => {
    await save('Create a payment', 'ts')
    const config = { extends: '../../tsconfig.json', include: ['shop.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await promisify(execFile)('node_modules/.bin/tsc', ['-p', folder]).catch((error: { stdout: string }) => {
      throw new Error(error.stdout)
    })
  })

  it('serves the page, which gets the payment of the same idempotency key', async () => {
    await save('The buyer pays', 'html')
    await paste('The buyer pays')
    const pay = () =>
      fetch(`http://localhost:${shopPort}/pay`, { method: 'POST' }).then(
        (response) => response.json(),
        () => null,
      )
    await expect.poll(pay, { timeout: 10_000 }).toEqual({
      client_secret: expect.stringContaining(`${await variable('PAYMENT')}_secret_`) as string,
      stripe_account: await variable('ACCOUNT'),
      publishable_key: 'pk_test_gatehouse_dev',
    })
  })

  describeInBrowser('the page', () => {
    it('hands Stripe.js the platform’s key, the account and the client secret', async () => {
      const browser = await launchBrowser()
      try {
        const page = await browser.newPage()
        page.setDefaultTimeout(10_000)
        const origin = `http://localhost:${shopPort}`
        const elsewhere = await standInForStripeJs(page, origin)
        await page.goto(origin)
        await page.getByText('the card form').waitFor()
        await page.getByRole('button', { name: 'Pay $25.00' }).click()
        await page.getByRole('alert').getByText(DECLINED).waitFor()
        expect(await stripeJsCalls(page)).toEqual({
          publishableKey: 'pk_test_gatehouse_dev',
          options: { stripeAccount: await variable('ACCOUNT') },
          elements: {
            clientSecret: expect.stringContaining(`${await variable('PAYMENT')}_secret_`) as string,
          },
          mounted: ['payment', '#payment'],
          confirmed: { return_url: `${origin}/thanks` },
        })
        expect(elsewhere).toEqual(['https://js.stripe.com/endive/stripe.js'])
        expect((await page.goto(`${origin}/thanks`))?.status()).toBe(200)
      } finally {
        await browser.close()
      }
    })
  })

  it('has the buyer pay, and hears of it', async () => {
    expect(await paste('The buyer pays')).toBe('succeeded\nsucceeded')
    expect(await read(`/payments/${await variable('PAYMENT')}`)).toMatchObject({ amount_captured: 2500 })
  })

  it('refunds a part', async () => {
    expect(await paste('Refund')).toBe('succeeded')
    expect(await read(`/payments/${await variable('PAYMENT')}`)).toMatchObject({
      refund: 'partial',
      amount_refundable: 1500,
    })
  })

  it('is refused with the answer that it shows', async () => {
    const printed = await paste('Read a refusal')
    const [account, onboarding, ...answer] = printed.split('\n')
    expect([account, onboarding]).toEqual([await variable('ACCOUNT'), 'restricted'])
    const shown: unknown = JSON.parse(next('Read a refusal', 'json').code)
    const refusal = JSON.parse(answer.join('')) as Record<string, unknown>
    expect(refusal).toEqual(withWildcards(shown))
    await expect.poll(() => isListening(shopPort), { timeout: 5_000 }).toBe(false)
  })

  it('has no other snippet', () => {
    expect(left).toEqual([])
  })
})

/** In what the README shows, `…` stands for any text. */
function withWildcards(shown: unknown): unknown {
  if (typeof shown === 'string') {
    const pattern = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return expect.stringMatching(new RegExp(`^${pattern.join('.*')}$`))
  }
  if (Array.isArray(shown)) return shown.map(withWildcards)
  if (typeof shown !== 'object' || shown === null) return shown
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, withWildcards(value)]))
}
