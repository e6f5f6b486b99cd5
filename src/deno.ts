/** Deno: `npm run start:deno`. The only file that knows it. */
import { VARIABLES } from './config.ts'
import { ADDRESS_VARIABLES, runService } from './service.ts'

/** As much of Deno's global as is used. */
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(
    options: { hostname: string; port: number; onListen: () => void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void> }
  addSignalListener(signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR2', act: () => void): void
  exit(code: number): never
}

await runService({
  // Each variable by its name: Deno is permitted to read no other.
  environment: Object.fromEntries(
    [...VARIABLES, ...ADDRESS_VARIABLES].map((name) => [name, Deno.env.get(name)]),
  ),
  listen: async ({ hostname, port, fetch }) => {
    const server = Deno.serve({ hostname, port, onListen: () => {} }, fetch)
    return { stop: () => server.shutdown() }
  },
  onSignal: (signal, act) => Deno.addSignalListener(signal, act),
  exit: (code) => Deno.exit(code),
})
