/** Structured logs: one JSON line per entry. Headers, bodies, keys and secrets are never logged. */

export interface LogEntry {
  level: 'info' | 'warn' | 'error'
  message: string
  [field: string]: string | number | boolean | null | undefined
}

export type Log = (entry: LogEntry) => void

export const consoleLog: Log = (entry) => {
  console[entry.level](JSON.stringify(entry))
}

/** The name and message of an error; for a Stripe error also the status and request id, which Stripe's support asks for. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error'
  const { type, statusCode, requestId } = error as { type?: string; statusCode?: number; requestId?: string }
  const name = [type ?? error.name, statusCode, requestId].filter((part) => part !== undefined).join(' ')
  return `${name}: ${error.message}`.slice(0, 500)
}
