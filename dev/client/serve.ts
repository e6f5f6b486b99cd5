/** Serves the example client app on loopback. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { gatehouse } from '../../src/client.ts'
import { createClientApp } from './app.ts'

export interface ServedClient {
  close(): Promise<void>
}

export async function serveClient(options: {
  port: number
  /** The URL of the API. */
  url: string
  key: string
  simulator: string
}): Promise<ServedClient> {
  const { port, url, key, simulator } = options
  const app = createClientApp({
    api: gatehouse({ url, key }),
    origin: `http://127.0.0.1:${port}`,
    onboardingOrigins: [url, simulator],
    simulator,
  })
  const server = serve({
    port,
    hostname: '127.0.0.1',
    fetch: app.fetch,
    overrideGlobalObjects: false,
  }) as Server
  if (!server.listening) await once(server, 'listening')
  return {
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
