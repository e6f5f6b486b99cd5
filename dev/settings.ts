/** The local stack's ports and data directory. Everything listens on loopback. */
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { parseRuntime, type Runtime } from './runtimes.ts'

const port = z.coerce.number().int().min(1).max(65_535)

const Environment = z.object({
  PORT: port.default(8787),
  STRIPE_SIM_PORT: port.default(12_111),
  LIBSQL_PORT: port.default(8080),
  CLIENT_PORT: port.optional(),
  DATA_DIR: z.string().default('.data'),
})

export interface Settings {
  runtime: Runtime
  port: number
  simPort: number
  libsqlPort: number
  /** The example client app's port; null: the default port or any free one. */
  clientPort: number | null
  dataDir: string
  url: string
}

export const PROJECT = fileURLToPath(new URL('..', import.meta.url))

/** @throws Error that names each invalid variable or option */
export function readSettings(environment: NodeJS.ProcessEnv, args: readonly string[] = []): Settings {
  const parsed = Environment.safeParse(environment)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const { PORT, STRIPE_SIM_PORT, LIBSQL_PORT, CLIENT_PORT, DATA_DIR } = parsed.data
  return {
    runtime: readRuntime(args),
    port: PORT,
    simPort: STRIPE_SIM_PORT,
    libsqlPort: LIBSQL_PORT,
    clientPort: CLIENT_PORT ?? null,
    dataDir: isAbsolute(DATA_DIR) ? DATA_DIR : join(PROJECT, DATA_DIR),
    url: `http://127.0.0.1:${PORT}`,
  }
}

function readRuntime(args: readonly string[]): Runtime {
  const { values } = parseArgs({
    args: [...args],
    options: { runtime: { type: 'string', default: 'workers' } },
  })
  return parseRuntime(values.runtime, '--runtime')
}
