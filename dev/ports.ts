/** Checks that the local stack's loopback ports are free before it starts. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const DEFAULT_CLIENT_PORT = 8788

/** @throws Error with the name of the variable that sets the port, if the port is in use or used twice */
export async function requireFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const names = Object.entries(ports)
  for (const [name, port] of names) {
    const other = names.find(([otherName, otherPort]) => otherName !== name && otherPort === port)
    if (other) throw new Error(`${name} and ${other[0]} are both ${port}. Set one of them to another port.`)
  }
  await Promise.all(
    names.map(async ([name, port]) => {
      await probe(port).catch((error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`
        throw new Error(
          `Port ${port} ${reason}. Set ${name} to another port, for example: ${name}=${port + 1} npm run dev`,
        )
      })
    }),
  )
}

/** The example client app's port: CLIENT_PORT if set, else the default port if it is free, else any free port. */
export async function clientPort(configured: number | null, others: readonly number[]): Promise<number> {
  if (configured !== null) {
    await requireFree({ CLIENT_PORT: configured })
    return configured
  }
  return others.includes(DEFAULT_CLIENT_PORT) ? probe(0) : probe(DEFAULT_CLIENT_PORT).catch(() => probe(0))
}

/** Returns the port that was free; any free port for 0. @throws if it is in use */
async function probe(port: number): Promise<number> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : port
}
