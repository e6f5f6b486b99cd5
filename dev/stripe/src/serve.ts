import { once } from 'node:events'
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { ConnectionReset } from './api/fault-injection.ts'
import { type Simulator, type SimulatorOptions, createSimulator } from './simulator.ts'

export interface ServeOptions extends SimulatorOptions {
  /** 0 takes any free port. */
  readonly port?: number
  readonly host?: string
}

export interface ServedSimulator extends Simulator {
  readonly url: string
}

/** Serves the simulator on a port, with background work. */
export async function serveSimulator(options: ServeOptions = {}): Promise<ServedSimulator> {
  const { port = 12_111, host = '127.0.0.1', ...rest } = options
  let url = ''
  const simulator = createSimulator({
    live: true,
    concurrency: 16,
    ...rest,
    publicUrl: options.publicUrl ?? (() => url),
  })
  const server = serve({
    port,
    hostname: host,
    overrideGlobalObjects: false,
    async fetch(request, { outgoing }) {
      try {
        return await simulator.fetch(request)
      } catch (error) {
        if (!(error instanceof ConnectionReset) && !request.signal.aborted) throw error
        outgoing.destroy()
        return new Response(null)
      }
    },
  }) as Server
  if (!server.listening) await once(server, 'listening')
  const address = server.address()
  url = `http://${host}:${typeof address === 'object' && address !== null ? address.port : port}`
  return {
    ...simulator,
    url,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await simulator.close()
    },
  }
}
