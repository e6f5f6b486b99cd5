/** Calls something again and again over several connections, and times it. */
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

/** What several rounds came to. */
export interface Sample {
  count: number
  seconds: number
  /** Microseconds from the call to the end of its answer. */
  took: RecordableHistogram
}

export const CONNECTIONS = 16
const agent = new Agent({ keepAlive: true })

export function emptySample(): Sample {
  return { count: 0, seconds: 0, took: createHistogram() }
}

/** Adds one round to the sample: until `isDone`, with as many calls under way as there are connections. */
export async function load(
  sample: Sample,
  fire: () => Promise<void>,
  { isDone, connections = CONNECTIONS }: { isDone: () => boolean; connections?: number },
): Promise<void> {
  const started = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!isDone()) {
        const at = performance.now()
        // oxlint-disable-next-line no-await-in-loop
        await fire()
        sample.took.record(Math.max(1, Math.round((performance.now() - at) * 1000)))
        sample.count += 1
      }
    }),
  )
  sample.seconds += (performance.now() - started) / 1000
}

export function figures({ count, seconds, took }: Sample): { perSecond: number; p50: number; p99: number } {
  const milliseconds = (percentile: number) => Math.round(took.percentile(percentile) / 100) / 10
  return { perSecond: Math.round(count / seconds), p50: milliseconds(50), p99: milliseconds(99) }
}

/** True until a time has passed. */
export function after(ms: number): () => boolean {
  const until = performance.now() + ms
  return () => performance.now() >= until
}

/** True once it has been asked so many times. */
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

/** Lets the connections go, without which the process would not end. */
export function hangUp(): void {
  agent.destroy()
}
