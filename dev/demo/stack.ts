/** The demo's access to the running local stack: the API with the operator's key, and the simulator's controls. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Settings } from '../settings.ts'

const Running = z.object({
  url: z.string(),
  stripe_sim: z.string(),
  keys: z.object({ operator: z.string() }),
  stripe_key: z.string(),
})

export interface Answer {
  status: number
  body: Record<string, unknown>
}

export interface Stack {
  /** An origin that RETURN_ORIGINS contains. */
  origin: string
  call: (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>
  sim: (path: string, body: unknown) => Promise<Answer>
}

/** @throws Error if no stack has been started in the data directory */
export async function findStack({ dataDir }: Settings): Promise<Stack> {
  const text = await readFile(join(dataDir, 'dev.json'), 'utf8').catch(() => {
    throw new Error('No local stack has been started here. Run `npm run dev` in another terminal first.')
  })
  const { url, stripe_sim, keys, stripe_key } = Running.parse(JSON.parse(text))
  const send = async (
    base: string,
    key: string,
    method: string,
    path: string,
    body: unknown,
  ): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(method === 'POST' && {
          'idempotency-key': crypto.randomUUID(),
          'content-type': 'application/json',
        }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Error(`Nothing answers at ${base}. Is \`npm run dev\` still running?`)
    })
    const answer = z.record(z.string(), z.unknown()).parse(await response.json())
    return { status: response.status, body: answer }
  }
  return {
    origin: url,
    call: (method, path, body) => send(url, keys.operator, method, path, body),
    sim: (path, body) => send(stripe_sim, stripe_key, 'POST', `/_sim${path}`, body),
  }
}
