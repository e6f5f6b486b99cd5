/** Node: `npm start`. The only file that knows it. */
import { serve } from '@hono/node-server'
import { runService, type Listener, type Listening } from './service.ts'

/** A connection that is kept open between requests would keep the server from stopping. */
const IDLE_CHECK_MS = 50

function listen({ hostname, port, fetch }: Listening): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({ hostname, port, fetch }, () => resolve({ stop }))
    server.once('error', reject)
    async function stop(): Promise<void> {
      const idle = setInterval(
        () => 'closeIdleConnections' in server && server.closeIdleConnections(),
        IDLE_CHECK_MS,
      )
      await new Promise((closed) => server.close(closed))
      clearInterval(idle)
    }
  })
}

await runService({
  environment: process.env,
  listen,
  onSignal: (signal, act) => void process.on(signal, act),
  exit: (code) => process.exit(code),
})
