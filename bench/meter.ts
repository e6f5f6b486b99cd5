/** Stands between the Worker and what it calls: counts what passes, and makes the way longer. */
import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Passed {
  /** Round trips. */
  calls: number
  /** What libSQL says that it read for them. */
  rowsRead: number
  rowsWritten: number
}

export interface Meter {
  url: string
  /** All that has passed up to now. */
  passed: () => Passed
  close: () => Promise<void>
}

export async function startMeter(target: string, addedMs = 0): Promise<Meter> {
  const agent = new Agent({ keepAlive: true })
  const passed: Passed = { calls: 0, rowsRead: 0, rowsWritten: 0 }

  const server = createServer((incoming, answer) => {
    void (async () => {
      const body = await buffer(incoming)
      if (addedMs > 0) await sleep(addedMs)
      const outgoing = request(new URL(incoming.url ?? '/', target), {
        method: incoming.method,
        headers: incoming.headers,
        agent,
      })
      outgoing.end(body)
      const [back] = (await once(outgoing, 'response')) as [IncomingMessage]
      const bytes = await buffer(back)
      count(bytes.toString('utf8'))
      answer.writeHead(back.statusCode ?? 502, back.headers).end(bytes)
    })().catch(() => answer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  function count(text: string): void {
    passed.calls += 1
    for (const [, name, rows] of text.matchAll(/"rows_(read|written)":(\d+)/g)) {
      passed[name === 'read' ? 'rowsRead' : 'rowsWritten'] += Number(rows)
    }
  }

  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    passed: () => ({ ...passed }),
    async close() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
}
