#!/usr/bin/env node
/** Serves the simulator until a signal ends it. Webhook retries are 360 times faster: an hour takes ten seconds. */
import { serveSimulator } from './serve.ts'

const port = Number(process.env['STRIPE_SIM_PORT'] ?? 12_111)
const dataFile = process.env['STRIPE_SIM_DATA']
const { url, close } = await serveSimulator({
  port,
  timeScale: 1 / 360,
  ...(dataFile === undefined ? {} : { dataFile }),
})
console.log(`Stripe simulator: ${url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
