/** One JSON line a fact. Only named fields are written; headers, bodies, keys and secrets never are. */

export interface LogEntry {
  level: 'info' | 'warn' | 'error'
  message: string
  [field: string]: string | number | boolean | null | undefined
}

export type Log = (entry: LogEntry) => void

export const consoleLog: Log = (entry) => {
  console[entry.level](JSON.stringify(entry))
}

/** What an error says of itself, without the values it was about; of Stripe's, what Stripe's support will ask for. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error'
  const { type, statusCode, requestId } = error as { type?: string; statusCode?: number; requestId?: string }
  const name = [type ?? error.name, statusCode, requestId].filter((part) => part !== undefined).join(' ')
  return `${name}: ${error.message}`.slice(0, 500)
}
