/** Starts the Stripe simulator in its own process, so that its CPU time does not slow the load generator. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SERVE = fileURLToPath(import.meta.resolve('stripe-connect-simulator/main'))

export async function startSimulator(): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [SERVE], {
    env: { ...process.env, STRIPE_SIM_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const output = await Promise.race([once(child.stdout, 'data'), exited])
  const [url] = /http:\S+/.exec(String(output[0])) ?? []
  if (url === undefined) throw new Error('the simulator did not start')
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
