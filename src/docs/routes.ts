/** The API documentation: an OpenAPI document and an HTML page. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { API_KEY, DOCUMENT } from './document.ts'
import { docsPage, DOCS_CSP } from './page.ts'
import { OpenApi } from './schema.ts'
import type { Env } from '../http/env.ts'

/** Adds `/openapi.json` and `/docs`. Both describe the routes that the app has when they are requested. */
export function serveDocs(app: OpenAPIHono<Env>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', API_KEY)
  const document = () => app.getOpenAPI31Document(DOCUMENT)
  app.get('/openapi.json', (c) => c.json(document(), 200))
  app.get('/docs', (c) => {
    c.header('content-security-policy', DOCS_CSP)
    return c.html(docsPage(OpenApi.parse(document())))
  })
}
