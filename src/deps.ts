/** The dependencies of a request. Built anew for each one, because workerd does not let requests share a connection. */
import type { Config } from './config.ts'
import type { EngineDeps } from './engine/deps.ts'

export interface Deps extends EngineDeps {
  config: Config
  limiter: Limiter | null
  /** The caller's network address, where the runtime tells it. */
  address: string | null
  /** Keeps the process alive until `work` ends, after the response was sent. */
  defer: (work: Promise<unknown>) => void
}

/** Counts calls per key. It is approximate: it protects the database from load, and no money depends on it. */
export interface Limiter {
  limit(call: { key: string }): Promise<{ success: boolean }>
}
