/** What a handler finds in its context. */
import type { Deps } from '../deps.ts'
import type { Scope } from './api-key.ts'

export interface Env {
  Variables: {
    deps: Deps
    requestId: string
    /** What the route asks of a key, any one of them; set by the route's own definition. */
    scopes: readonly Scope[]
    /** The key's name, once it was found to be valid; for the log. */
    client?: string
  }
}
