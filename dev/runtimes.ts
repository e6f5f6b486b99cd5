/** The runtimes of the service, and the command that starts it as one process. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const RUNTIMES = ['workers', 'node', 'deno'] as const
export type Runtime = (typeof RUNTIMES)[number]
/** The runtimes on which the service is one process, with its database embedded. */
export type ProcessRuntime = Exclude<Runtime, 'workers'>

const PackageJson = z.object({ scripts: z.object({ start: z.string(), 'start:deno': z.string() }) })

/** The program and arguments of `npm start` or `npm run start:deno`. Started without npm, the service gets the signals itself. */
export async function serviceCommand(runtime: ProcessRuntime): Promise<[string, string[]]> {
  const { scripts } = PackageJson.parse(JSON.parse(await readFile(inProject('package.json'), 'utf8')))
  const script = runtime === 'node' ? scripts.start : scripts['start:deno']
  // Each script is `exec <program> <arguments>`.
  const [, program = '', ...args] = script.split(' ')
  return [runtime === 'node' ? process.execPath : inProject(`node_modules/.bin/${program}`), args]
}

/** @throws Error that names `source`, the option or variable that holds the name */
export function parseRuntime(name: string, source: string): Runtime {
  const runtime = RUNTIMES.find((known) => known === name)
  if (runtime) return runtime
  throw new Error(`${source} must be one of ${RUNTIMES.join(', ')}.`)
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}
