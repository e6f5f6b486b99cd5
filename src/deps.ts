/** Everything a request may use. The runtime builds it, for each request anew: workerd lets no two share a client. */
import type { Config } from './config.ts'
import type { EngineDeps } from './engine/deps.ts'

export interface Deps extends EngineDeps {
  config: Config
  limiter: Limiter | null
}

/** Counts calls under a key and says whether one more is within the limit. Permissive: it guards load, never money. */
export interface Limiter {
  limit(call: { key: string }): Promise<{ success: boolean }>
}
