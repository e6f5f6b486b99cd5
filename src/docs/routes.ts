/** The API documentation: an OpenAPI document and an HTML page. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { API_KEY, DOCUMENT } from './document.ts'
import { docsPage, DOCS_CSP } from './page.ts'
import { OpenApi } from './schema.ts'
import type { Env } from '../http/env.ts'

/** A deployment changes the documentation, and shows within this time. */
const CACHE_CONTROL = 'public, max-age=300'

/** Adds `/openapi.json` and `/docs`. Both are built on first use, when the app has all of its routes, and kept. */
export function serveDocs(app: OpenAPIHono<Env>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', API_KEY)
  let document: ReturnType<typeof app.getOpenAPI31Document> | undefined
  let json: string | undefined
  let page: string | undefined
  const read = () => (document ??= app.getOpenAPI31Document(DOCUMENT))
  app.get('/openapi.json', (c) => {
    json ??= JSON.stringify(read())
    return c.body(json, 200, { 'content-type': 'application/json', 'cache-control': CACHE_CONTROL })
  })
  app.get('/docs', async (c) => {
    page ??= String(await docsPage(OpenApi.parse(read())))
    c.header('content-security-policy', DOCS_CSP)
    c.header('cache-control', CACHE_CONTROL)
    return c.html(page)
  })
}
