/** A proxy before libSQL's server that injects the faults of networks and servers, over real connections. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'

export const FAULTS = [
  'refuses',
  'limits',
  'is busy',
  'hangs',
  'is slow',
  'resets before the commit',
  'resets after the commit',
  'breaks off its answer',
] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultyProxy {
  url: string
  /** Sets the fault that this share of calls meets; null: none. `sql`: only calls that contain this text. */
  set: (fault: Fault | null, share?: number, sql?: string) => void
  /** How often each fault struck. */
  struck: Map<Fault, number>
  close: () => Promise<void>
}

const SLOW_MS = 150

export async function startFaultyProxy(target: string, random: () => number): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target)
  const struck = new Map<Fault, number>()
  let [fault, share, sql]: [Fault | null, number, string] = [null, 0, '']

  const server = createServer((incoming, answer) => {
    void pass(incoming, answer).catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  async function pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await read(incoming)
    const strikes = fault !== null && body.includes(sql) && random() < share ? fault : null
    if (strikes) struck.set(strikes, (struck.get(strikes) ?? 0) + 1)
    switch (strikes) {
      case 'refuses':
        return void answer.writeHead(503).end('no')
      case 'limits':
        return void answer.writeHead(429).end('no')
      case 'is busy':
        return void answer.writeHead(200, { 'content-type': 'application/json' }).end(busy(body))
      case 'hangs':
        return
      case 'resets before the commit':
        return void incoming.socket.resetAndDestroy()
      case 'is slow':
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS))
        break
      case 'resets after the commit':
      case 'breaks off its answer':
      case null:
    }
    const { method, headers, url: path } = incoming
    const onward = request({ hostname, port, method, headers, path })
    onward.end(body)
    const [response] = (await once(onward, 'response')) as [IncomingMessage]
    const bytes = await read(response)
    if (strikes === 'resets after the commit') return void incoming.socket.resetAndDestroy()
    answer.writeHead(response.statusCode ?? 502, response.headers)
    if (strikes !== 'breaks off its answer') return void answer.end(bytes)
    answer.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => incoming.socket.destroy())
  }

  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    set(nextFault, nextShare = 1, nextSql = '') {
      ;[fault, share, sql] = [nextFault, nextShare, nextSql]
    },
    struck,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** libSQL's BUSY answer: one result for each statement. */
function busy(body: Buffer): string {
  const { requests } = JSON.parse(body.toString()) as { requests: { type: string }[] }
  const error = { message: 'database is locked', code: 'SQLITE_BUSY' }
  const results = requests.map(({ type }) =>
    type === 'close' ? { type: 'ok', response: { type: 'close' } } : { type: 'error', error },
  )
  return JSON.stringify({ baton: null, base_url: null, results })
}
