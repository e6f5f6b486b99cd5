/** The variables of a request's Hono context. */
import type { Deps } from '../deps.ts'
import type { ClientRow } from '../store/clients.ts'
import type { Scope } from './api-key.ts'

export interface Env {
  Variables: {
    deps: Deps
    requestId: string
    /** The route's scopes, set by its definition; a key needs one of them. A route without any lets no key in. */
    scopes?: readonly Scope[]
    /** The authenticated API key. */
    client?: ClientRow
  }
}
