/** The port of the example client app: the one that was asked for, else the usual one, else any that is free. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const USUAL = 8788

/** `others`: ports of the stack that nobody listens on yet. @throws when the port that was asked for is taken */
export async function clientPort(wanted: number | null, others: readonly number[]): Promise<number> {
  if (wanted !== null) return probe(wanted)
  return others.includes(USUAL) ? probe(0) : probe(USUAL).catch(() => probe(0))
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
