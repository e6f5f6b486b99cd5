/** A proxy between the Worker and libSQL or Stripe. It counts calls and rows, and can add latency. */
import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Traffic {
  /** Round trips. */
  calls: number
  /** Rows read and written, as libSQL reports them in its responses. */
  rowsRead: number
  rowsWritten: number
}

export interface Meter {
  url: string
  /** The totals since the start. */
  traffic: () => Traffic
  close: () => Promise<void>
}

export async function startMeter(target: string, addedMs = 0): Promise<Meter> {
  const agent = new Agent({ keepAlive: true })
  const traffic: Traffic = { calls: 0, rowsRead: 0, rowsWritten: 0 }

  const server = createServer((incoming, response) => {
    void (async () => {
      const body = await buffer(incoming)
      if (addedMs > 0) await sleep(addedMs)
      const outgoing = request(new URL(incoming.url ?? '/', target), {
        method: incoming.method,
        headers: incoming.headers,
        agent,
      })
      outgoing.end(body)
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
      const bytes = await buffer(answer)
      count(bytes.toString('utf8'))
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(bytes)
    })().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  function count(text: string): void {
    traffic.calls += 1
    for (const [, name, rows] of text.matchAll(/"rows_(read|written)":(\d+)/g)) {
      traffic[name === 'read' ? 'rowsRead' : 'rowsWritten'] += Number(rows)
    }
  }

  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    traffic: () => ({ ...traffic }),
    async close() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
}
