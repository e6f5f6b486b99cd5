/** The API described: as an OpenAPI document, and as a page to read. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { API_KEY, DOCUMENT } from './document.ts'
import { docsPage, DOCS_CSP } from './page.ts'
import { OpenApi } from './schema.ts'
import type { Env } from '../http/env.ts'

/** Adds `/openapi.json` and `/docs` to an app that has its routes. */
export function describe(app: OpenAPIHono<Env>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', API_KEY)
  const document = () => app.getOpenAPI31Document(DOCUMENT)
  app.get('/openapi.json', (c) => c.json(document(), 200))
  app.get('/docs', (c) => {
    c.header('content-security-policy', DOCS_CSP)
    return c.html(docsPage(OpenApi.parse(document())))
  })
}
