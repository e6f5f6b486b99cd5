/**
 * A typed client of the API, made from the routes themselves: a path, a field or an answer that is not there does not
 * compile. For a server that may hold an API key; a browser may not.
 */
import { hc } from 'hono/client'
import type { createApp } from './app.ts'

export type App = ReturnType<typeof createApp>
export type Client = ReturnType<typeof gatehouse>

export function gatehouse(at: { url: string; key: string; fetch?: typeof fetch }) {
  return hc<App>(at.url, {
    headers: { authorization: `Bearer ${at.key}` },
    ...(at.fetch && { fetch: at.fetch }),
  })
}
