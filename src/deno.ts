/** Runs the service on Deno: `npm run start:deno`. No other file depends on Deno. */
import { VARIABLES } from './config.ts'
import { ADDRESS_VARIABLES, runService } from './service.ts'

/** The part of Deno's global that this file uses. */
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(
    options: { hostname: string; port: number; onListen: () => void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void> }
  addSignalListener(signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2', handler: () => void): void
  exit(code: number): never
}

await runService({
  // Each variable is read by name: `start:deno` permits no others.
  environment: Object.fromEntries(
    [...VARIABLES, ...ADDRESS_VARIABLES].map((name) => [name, Deno.env.get(name)]),
  ),
  listen: async ({ hostname, port, fetch }) => {
    const server = Deno.serve({ hostname, port, onListen: () => {} }, fetch)
    return { stop: () => server.shutdown() }
  },
  onSignal: (signal, handler) => Deno.addSignalListener(signal, handler),
  exit: (code) => Deno.exit(code),
})
