/** The variables of a request's Hono context. */
import type { Deps } from '../deps.ts'
import type { Scope } from './api-key.ts'

export interface Env {
  Variables: {
    deps: Deps
    requestId: string
    /** The route's scopes, set by its definition; a key needs one of them. */
    scopes: readonly Scope[]
    /** The name of the authenticated API key, for the log. */
    client?: string
  }
}
