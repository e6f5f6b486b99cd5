/** Runs the service on Node: `npm start`. No other file depends on Node's HTTP server. */
import { serve } from '@hono/node-server'
import { runService, type Listener, type ListenOptions } from './service.ts'

/** A client keeps its connection open between requests. The server stops only once these idle connections are closed. */
const IDLE_CHECK_MS = 50
/** Reverse proxies reuse a connection for up to a minute. Node's 5 s would close it under a request on its way. */
const KEEP_ALIVE_MS = 75_000

function listen({ hostname, port, fetch }: ListenOptions): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({ hostname, port, fetch, serverOptions: { keepAliveTimeout: KEEP_ALIVE_MS } }, () =>
      resolve({ stop }),
    )
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
  onSignal: (signal, handler) => void process.on(signal, handler),
  exit: (code) => process.exit(code),
})
