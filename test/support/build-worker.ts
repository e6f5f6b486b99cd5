/** Builds the Worker once for the whole project, exactly as a deployment does. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The built Worker's file. */
    workerBundle: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outdir = await mkdtemp(join(tmpdir(), 'gatehouse-worker-'))
  project.provide('workerBundle', await bundle('src/worker.ts', outdir))
  return () => rm(outdir, { recursive: true, force: true })
}

/** Bundles a Worker; returns the path of the bundle. */
export async function bundle(entry: string, outdir: string): Promise<string> {
  const args = ['deploy', entry, '--dry-run', '--outdir', outdir]
  await promisify(execFile)('node_modules/.bin/wrangler', args, {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' },
  })
  return join(outdir, `${basename(entry, '.ts')}.js`)
}
