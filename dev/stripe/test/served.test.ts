import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Stripe } from 'stripe'
import { expect, it } from 'vitest'
import { serveSimulator } from '../src/serve.ts'

it('a served simulator delivers webhooks in the background', async () => {
  const types: string[] = []
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      const event: { type: string } = JSON.parse(body)
      types.push(event.type)
      response.end('ok')
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const simulator = await serveSimulator({
    port: 0,
    webhooks: [{ url, connect: true, secret: 'whsec_x' }],
    switches: { async_capture_delay_s: 0.2 },
  })
  try {
    const { hostname, port } = new URL(simulator.url)
    const stripe = new Stripe('sk_test_served', {
      host: hostname,
      port: Number(port),
      protocol: 'http',
      telemetry: false,
    })
    const { id } = await stripe.accounts.create({ country: 'US' })
    await fetch(`${simulator.url}/_sim/accounts/${id}/onboard`, { method: 'POST' })
    await stripe.paymentIntents.create(
      {
        amount: 1000,
        currency: 'usd',
        confirm: true,
        payment_method: 'pm_card_visa',
        return_url: 'https://p.example',
      },
      { stripeAccount: id },
    )
    await expect.poll(() => types, { timeout: 5000 }).toContain('charge.updated')
    expect(types).toContain('account.updated')
  } finally {
    await simulator.close()
    receiver.close()
  }
})

it('a reset fault breaks one connection only', async () => {
  const simulator = await serveSimulator({ port: 0 })
  try {
    const headers = { authorization: 'Bearer sk_test_x' }
    const fault = JSON.stringify({ route: '*', reset: true })
    await fetch(`${simulator.url}/_sim/faults`, { method: 'POST', body: fault })
    await expect(fetch(`${simulator.url}/v1/accounts`, { headers })).rejects.toThrow('fetch failed')
    expect((await fetch(`${simulator.url}/v1/accounts`, { headers })).status).toBe(200)
  } finally {
    await simulator.close()
  }
})

it('the command serves on the given port until a signal', async () => {
  const file = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = execFile(process.execPath, [file], { env: { ...process.env, STRIPE_SIM_PORT: '0' } })
  const [line] = (await once(child.stdout ?? child, 'data')) as [unknown]
  const url = /http:\S+/.exec(String(line))?.[0] ?? ''
  expect((await fetch(`${url}/_sim`)).status).toBe(200)
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [unknown]
  expect(code).toBe(0)
})
