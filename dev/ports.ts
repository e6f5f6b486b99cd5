/** The loopback ports of the local stack: free before anything is started, or it is said which variable moves them. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const USUAL_CLIENT = 8788

/** @throws when somebody listens on one of them, by the name of its variable */
export async function requireFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const names = Object.entries(ports)
  for (const [name, port] of names) {
    const other = names.find(([another, its]) => another !== name && its === port)
    if (other) throw new Error(`Port ${port} is given to both ${name} and ${other[0]}.`)
  }
  await Promise.all(
    names.map(async ([name, port]) => {
      await probe(port).catch((error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`
        throw new Error(`Port ${port} ${why}. Set ${name} to another, as in: ${name}=${port + 1} npm run dev`)
      })
    }),
  )
}

/** The example client app's: the one that was asked for, else the usual one, else any that is free. */
export async function clientPort(wanted: number | null, others: readonly number[]): Promise<number> {
  if (wanted !== null) {
    await requireFree({ CLIENT_PORT: wanted })
    return wanted
  }
  return others.includes(USUAL_CLIENT) ? probe(0) : probe(USUAL_CLIENT).catch(() => probe(0))
}

async function probe(port: number): Promise<number> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : port
}
