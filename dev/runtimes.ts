/** What the service can run on, and how it is started there as one process. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export const RUNTIMES = ['workers', 'node', 'deno'] as const
export type Runtime = (typeof RUNTIMES)[number]

const Package = z.object({ scripts: z.object({ start: z.string(), 'start:deno': z.string() }) })

/** The npm script as a program and its arguments: a signal to npm itself does not reach the service. */
export async function commandOf(runtime: 'node' | 'deno'): Promise<[string, string[]]> {
  const { scripts } = Package.parse(JSON.parse(await readFile(inProject('package.json'), 'utf8')))
  const script = runtime === 'node' ? scripts.start : scripts['start:deno']
  const [, program = '', ...args] = script.split(' ')
  return [runtime === 'node' ? process.execPath : inProject(`node_modules/.bin/${program}`), args]
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}
