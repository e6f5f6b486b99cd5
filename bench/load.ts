/** Sends the same kind of request over several connections, and measures the latency. */
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'

export interface Call {
  method: string
  url: string
  headers?: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  text: string
}

/** The result of one or more rounds. */
export interface Sample {
  count: number
  seconds: number
  /** Microseconds from sending a request to the end of its response. */
  latency: RecordableHistogram
}

export const CONNECTIONS = 16
const agent = new Agent({ keepAlive: true })

export function emptySample(): Sample {
  return { count: 0, seconds: 0, latency: createHistogram() }
}

/** Adds one round to the sample. Until `isDone`, each connection sends one request after the other. */
export async function load(
  sample: Sample,
  request: () => Promise<void>,
  { isDone, connections = CONNECTIONS }: { isDone: () => boolean; connections?: number },
): Promise<void> {
  const started = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!isDone()) {
        const sentAt = performance.now()
        // oxlint-disable-next-line no-await-in-loop
        await request()
        sample.latency.record(Math.max(1, Math.round((performance.now() - sentAt) * 1000)))
        sample.count += 1
      }
    }),
  )
  sample.seconds += (performance.now() - started) / 1000
}

export function figures({ count, seconds, latency }: Sample): {
  perSecond: number
  p50: number
  p99: number
} {
  const milliseconds = (percentile: number) => Math.round(latency.percentile(percentile) / 100) / 10
  return { perSecond: Math.round(count / seconds), p50: milliseconds(50), p99: milliseconds(99) }
}

/** An `isDone` that becomes true after a time. */
export function after(ms: number): () => boolean {
  const until = performance.now() + ms
  return () => performance.now() >= until
}

/** An `isDone` that becomes true after it was called `count` times. */
export function times(count: number): () => boolean {
  let left = count
  return () => left-- <= 0
}

export async function send({ method, url, headers = {}, body }: Call): Promise<Answer> {
  const outgoing = request(url, { method, agent, headers })
  outgoing.end(body)
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, text: await text(answer) }
}

/** Closes the idle connections, which would otherwise keep the process alive. */
export function closeConnections(): void {
  agent.destroy()
}
