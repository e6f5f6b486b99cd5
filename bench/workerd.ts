/**
 * Runs Workers directly in one workerd process. `wrangler dev` adds a proxy, whose cost would dominate the measurement.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { unstable_readConfig } from 'wrangler'
import { freePorts } from '../test/support/free-port.ts'

// The package publishes no types. Its default export is the path of the binary.
const { default: BINARY } = createRequire(import.meta.url)('workerd') as { default: string }

export interface Service {
  /** The file of a built Worker. */
  bundle: string
  bindings: Record<string, string>
}

export interface Workerd<Name extends string> {
  urls: Record<Name, string>
  stop: () => Promise<void>
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
export async function startWorkerd<Name extends string>(
  services: Record<Name, Service>,
  dir: string,
): Promise<Workerd<Name>> {
  const entries = Object.entries<Service>(services)
  const ports = await freePorts(entries.length)
  await mkdir(dir, { recursive: true })
  await Promise.all(entries.map(([name, { bundle }]) => copyFile(bundle, join(dir, `${name}.js`))))
  await writeFile(join(dir, 'config.capnp'), configOf(entries, ports))

  const child = spawn(BINARY, ['serve', 'config.capnp'], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000)
  })
  const exited = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }
  const urls = Object.fromEntries(entries.map(([name], index) => [name, `http://127.0.0.1:${ports[index]}`]))
  try {
    await Promise.all(Object.values(urls).map((url) => waitUntilReady(url, () => child.exitCode === null)))
  } catch (error) {
    await stop()
    throw new Error(`workerd did not start: ${stderr}`, { cause: error })
  }
  return { urls: urls as Record<Name, string>, stop }
}

function configOf(services: [string, Service][], ports: number[]): string {
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: 'wrangler.toml' })
  const text = (value: string | undefined) => JSON.stringify(value ?? '')
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "loopback", network = (allow = ["private"])),
${services
  .map(
    ([name, { bindings }]) => `    (name = ${text(name)}, worker = (
      modules = [(name = "worker", esModule = embed ${text(`${name}.js`)})],
      compatibilityDate = ${text(compatibility_date)},
      compatibilityFlags = [${compatibility_flags.map(text).join(', ')}],
      globalOutbound = "loopback",
      bindings = [${Object.entries(bindings)
        .map(([key, value]) => `(name = ${text(key)}, text = ${text(value)})`)
        .join(', ')}],
    )),`,
  )
  .join('\n')}
  ],
  sockets = [
${services.map(([name], index) => `    (name = ${text(name)}, address = "127.0.0.1:${ports[index]}", http = (), service = ${text(name)}),`).join('\n')}
  ],
);
`
}

async function waitUntilReady(url: string, isAlive: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && isAlive(); tries += 1) {
    // oxlint-disable no-await-in-loop
    const isReady = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isReady) return
    await sleep(50)
    // oxlint-enable no-await-in-loop
  }
  throw new Error(`workerd does not answer at ${url}`)
}
